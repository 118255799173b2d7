import type { Database } from '@rideshare/postgres';
import type { StoreHooks, Stores } from '../usecases/ports.ts';
import { createPgContactStore } from './contact-store.pg.ts';
import { createPgMessageStore } from './message-store.pg.ts';

/** All stores on one PostgreSQL database. */
export function createPgStores(database: Database, hooks: StoreHooks): Stores {
  return { contacts: createPgContactStore(database), messages: createPgMessageStore(database, hooks) };
}
