import { acquireLeases as acquireInMemory, releaseLeases as releaseInMemory } from '@rideshare/memory';
import type { MemoryDatabase } from '@rideshare/memory';
import type { Database } from '@rideshare/postgres';
import { acquireLeases, releaseLeases } from '@rideshare/postgres';
import type { ConsumerStore } from './consumer-store.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createMemoryConsumerStore } from './memory-consumer-store.ts';
import { createMemoryDeadLetters } from './memory-dead-letters.ts';
import { createMemoryOutbox } from './memory-outbox.ts';
import type { MessagingDatabase } from './messaging-database.ts';
import type { OutboxStore } from './outbox-store.ts';
import { createPgConsumerStore } from './pg-consumer-store.ts';
import { createPgDeadLetters } from './pg-dead-letters.ts';
import { createPgOutbox } from './pg-outbox.ts';

/** Rights that only one process should have at a time. */
export interface LeaseStore {
  /** Takes or renews those of `names` that are to be had; returns what `owner` has now. */
  acquire(names: readonly string[], owner: string, ttlMs: number): Promise<readonly string[]>;
  release(names: readonly string[], owner: string): Promise<void>;
}

/** What relays and consumers keep beside the changes of their service. */
export interface MessagingStore {
  readonly outbox: OutboxStore;
  readonly leases: LeaseStore;
  readonly deadLetters: DeadLetters;
  consumer(group: string): ConsumerStore;
}

/** What is kept in `database`, whatever that is. */
export function messagingStore(database: MessagingDatabase): MessagingStore {
  return 'query' in database ? pgStore(database) : memoryStore(database);
}

function pgStore(database: Database): MessagingStore {
  return {
    outbox: createPgOutbox(database),
    leases: {
      acquire: (names, owner, ttlMs) => acquireLeases(database, names, owner, ttlMs),
      release: (names, owner) => releaseLeases(database, names, owner),
    },
    deadLetters: createPgDeadLetters(database),
    consumer: (group) => createPgConsumerStore(database, group),
  };
}

function memoryStore(database: MemoryDatabase): MessagingStore {
  return {
    outbox: createMemoryOutbox(database),
    leases: {
      acquire: (names, owner, ttlMs) => acquireInMemory(database, names, owner, ttlMs),
      release: (names, owner) => releaseInMemory(database, names, owner),
    },
    deadLetters: createMemoryDeadLetters(database),
    consumer: (group) => createMemoryConsumerStore(database, group),
  };
}
