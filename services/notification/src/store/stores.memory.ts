import type { MemoryDatabase } from '@rideshare/memory';
import type { StoreHooks, Stores } from '../usecases/ports.ts';
import { createMemoryContactStore } from './contact-store.memory.ts';
import { createMemoryMessageStore } from './message-store.memory.ts';

/** All stores on one database in memory. */
export function createMemoryStores(database: MemoryDatabase, hooks: StoreHooks): Stores {
  return { contacts: createMemoryContactStore(database), messages: createMemoryMessageStore(database, hooks) };
}
