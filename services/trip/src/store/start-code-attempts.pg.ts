import type { Database } from '@rideshare/postgres';
import type { StartCodeAttempts } from '../usecases/ports.ts';

/** One row a trip; the database's clock decides, and the row's lock orders tries that come at once. */
export function createPgStartCodeAttempts(database: Database): StartCodeAttempts {
  return {
    take: async (tripId, limit, lockMs) => {
      const taken = await database.query(TAKE, [tripId, limit, lockMs], { name: 'start_code_take' });
      if (taken.rowCount === 1) return { allowed: true };
      const { rows } = await database.query<{ wait_s: number }>(
        `select greatest(1, ceil(extract(epoch from locked_until - clock_timestamp())))::int as wait_s
         from start_code_attempts where trip_id = $1`,
        [tripId],
      );
      return { retryAfterS: rows[0]?.wait_s ?? 1 };
    },
  };
}

// the last try that is allowed sets the lock; the first after it begins a new count
const TAKE = `
  insert into start_code_attempts as held (trip_id, taken, locked_until)
  values ($1, 1, case when 1 >= $2 then clock_timestamp() + $3 * interval '1 millisecond' end)
  on conflict (trip_id) do update set
    taken = case when held.locked_until is null then held.taken + 1 else 1 end,
    locked_until = case when case when held.locked_until is null then held.taken + 1 else 1 end >= $2
      then clock_timestamp() + $3 * interval '1 millisecond' end
  where held.locked_until is null or held.locked_until <= clock_timestamp()
  returning taken`;
