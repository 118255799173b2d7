import type { MemoryDatabase } from '@rideshare/memory';
import type { StoreHooks, Stores } from '../usecases/ports.ts';
import { createMemoryMethodStore } from './method-store.memory.ts';
import { createMemoryOperationQueue } from './operation-queue.memory.ts';
import { createMemoryPaymentCensus } from './payment-census.memory.ts';
import { createMemoryPaymentStore } from './payment-store.memory.ts';
import { createMemoryRequestMemory } from './request-memory.memory.ts';
import { createMemoryWebhookLog } from './webhook-log.memory.ts';

/** All stores on one database in memory. */
export function createMemoryStores(database: MemoryDatabase, hooks: StoreHooks): Stores {
  return {
    payments: createMemoryPaymentStore(database, hooks),
    operations: createMemoryOperationQueue(database),
    methods: createMemoryMethodStore(database),
    webhooks: createMemoryWebhookLog(database, hooks),
    census: createMemoryPaymentCensus(database),
    memory: createMemoryRequestMemory(database),
  };
}
