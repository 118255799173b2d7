import type { MemoryDatabase } from '@rideshare/memory';
import type { RequestMemory } from '../usecases/ports.ts';
import { webhookEvents } from './payment-tables.memory.ts';
import { KEEP_WEBHOOKS_DAYS } from './request-memory.ts';
import { later } from './time.memory.ts';

const DAY_MS = 86_400_000;

/** The memory of webhooks, in memory; the keys of requests are where the answers to them are. */
export function createMemoryRequestMemory(database: MemoryDatabase): RequestMemory {
  return {
    purge: () =>
      database.transaction((tx) => {
        const before = later(database, -KEEP_WEBHOOKS_DAYS * DAY_MS);
        for (const { name, receivedAt } of tx.all(webhookEvents)) {
          if (receivedAt < before) tx.remove(webhookEvents, name);
        }
      }),
  };
}
