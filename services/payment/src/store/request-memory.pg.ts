import { purgeIdempotencyKeys } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import type { RequestMemory } from '../usecases/ports.ts';
import { KEEP_KEYS_H, KEEP_WEBHOOKS_DAYS } from './request-memory.ts';

/** The memory of requests and webhooks in PostgreSQL. */
export function createPgRequestMemory(database: Database): RequestMemory {
  return {
    async purge() {
      await purgeIdempotencyKeys(database, KEEP_KEYS_H);
      await database.query(`delete from webhook_events where received_at < clock_timestamp() - $1 * interval '1 day'`, [
        KEEP_WEBHOOKS_DAYS,
      ]);
    },
  };
}
