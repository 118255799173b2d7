import type { Database } from '@rideshare/postgres';
import type { StoreHooks, Stores } from '../usecases/ports.ts';
import { createPgMethodStore } from './method-store.pg.ts';
import { createPgOperationQueue } from './operation-queue.pg.ts';
import { createPgPaymentCensus } from './payment-census.pg.ts';
import { createPgPaymentStore } from './payment-store.pg.ts';
import { createPgRequestMemory } from './request-memory.pg.ts';
import { createPgWebhookLog } from './webhook-log.pg.ts';

/** All stores on one PostgreSQL database. */
export function createPgStores(database: Database, hooks: StoreHooks): Stores {
  return {
    payments: createPgPaymentStore(database, hooks),
    operations: createPgOperationQueue(database),
    methods: createPgMethodStore(database),
    webhooks: createPgWebhookLog(database, hooks),
    census: createPgPaymentCensus(database),
    memory: createPgRequestMemory(database),
  };
}
