import { purgeIdempotencyKeys } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import type { Housekeeping } from '../usecases/ports.ts';
import { QUOTES_KEPT_DAYS, RECORDS_KEPT_DAYS } from './retention.ts';

/** Longer than any client retries, and what the API promises. */
const IDEMPOTENCY_KEYS_H = 72;
/** Small enough that no row is locked for long. */
const BATCH_ROWS = 5_000;

/** Removes what is past its use, in batches until nothing is left of a kind. */
export function createPgHousekeeping(database: Database): Housekeeping {
  const purge = async (table: string, column: string, days: number): Promise<number> => {
    let purged = 0;
    for (let batch = BATCH_ROWS; batch === BATCH_ROWS; purged += batch) {
      // table and column are the literals below
      const { rowCount } = await database.query(
        `delete from ${table} where ctid = any (array(
           select ctid from ${table} where ${column} < clock_timestamp() - $1 * interval '1 day' limit $2))`,
        [days, BATCH_ROWS],
      );
      batch = rowCount;
    }
    return purged;
  };
  return {
    purge: async () => ({
      idempotency_keys: await purgeIdempotencyKeys(database, IDEMPOTENCY_KEYS_H),
      quotes: await purge('quotes', 'expires_at', QUOTES_KEPT_DAYS),
      start_code_attempts: await purge('start_code_attempts', 'created_at', RECORDS_KEPT_DAYS),
      dispatch_offers: await purge('dispatch_offers', 'made_at', RECORDS_KEPT_DAYS),
      dispatch_verdicts: await purge('dispatch_verdicts', 'last_at', RECORDS_KEPT_DAYS),
      timeline_entries: await purge('timeline_entries', 'at', RECORDS_KEPT_DAYS),
    }),
  };
}
