import { purgeIdempotencyKeys } from '@rideshare/memory';
import type { MemoryDatabase } from '@rideshare/memory';
import type { RequestMemory } from '../usecases/ports.ts';
import { webhookEvents } from './payment-tables.memory.ts';
import { KEEP_KEYS_H, KEEP_WEBHOOKS_DAYS } from './request-memory.ts';
import { later } from './time.memory.ts';

const DAY_MS = 86_400_000;

/** The memory of requests and webhooks, in memory. */
export function createMemoryRequestMemory(database: MemoryDatabase): RequestMemory {
  return {
    async purge() {
      await purgeIdempotencyKeys(database, KEEP_KEYS_H);
      const before = later(database, -KEEP_WEBHOOKS_DAYS * DAY_MS);
      const old = await database.read((reader) =>
        reader.all(webhookEvents).filter(({ receivedAt }) => receivedAt < before),
      );
      if (old.length === 0) return;
      await database.transaction((tx) => {
        for (const { name } of old) tx.remove(webhookEvents, name);
      });
    },
  };
}
