import { purgeIdempotencyKeys } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import type { RequestMemory } from '../usecases/ports.ts';

const KEEP_KEYS_H = 72;
// gateways repeat a webhook for three days at most
const KEEP_WEBHOOKS_DAYS = 30;

/** The memory of requests and webhooks in PostgreSQL. */
export function createRequestMemory(database: Database): RequestMemory {
  return {
    async purge() {
      await purgeIdempotencyKeys(database, KEEP_KEYS_H);
      await database.query(`delete from webhook_events where received_at < clock_timestamp() - $1 * interval '1 day'`, [
        KEEP_WEBHOOKS_DAYS,
      ]);
    },
  };
}
