import { AppError, assert } from '@rideshare/kernel';
import type { IdempotencyClaim, IdempotencyStore, Recovery, StoredResponse } from '@rideshare/kernel';
import type { Database } from './queryable.ts';
import { asPg } from './transaction.ts';

/** How long an answer is kept at the least; a client that retries later than this starts anew. */
const KEEP_AT_LEAST_H = 72;
const PURGE_BATCH_ROWS = 1_000;
// a row that is deleted between the claim and the look at it is claimed again; twice in a row does not happen
const CLAIM_ATTEMPTS = 3;

interface ClaimedRow {
  readonly token: string;
  readonly seed: string;
  readonly at: Date;
  readonly resumed: boolean;
}

interface FoundRow {
  readonly payload_hash: string;
  readonly response: StoredResponse | null;
  readonly retry_after_s: number;
}

/**
 * Takes the key if it is new, or if its holder's lease is over and the payload is the same.
 *
 * The time is read again once the row is locked: a claim that waited for another one must not take over its lease.
 */
const CLAIM = `
  insert into idempotency_keys as held (principal, route, key, payload_hash, status, token, lease_until, seed, at)
  values ($1, $2, $3, $4, 'running', gen_random_uuid(), clock_timestamp() + $5 * interval '1 millisecond', $6, $7)
  on conflict (principal, route, key) do update
    set token = gen_random_uuid(), lease_until = clock_timestamp() + $5 * interval '1 millisecond'
    where held.status = 'running' and held.payload_hash = excluded.payload_hash
      and held.lease_until <= clock_timestamp()
  returning token, seed, at, xmax <> 0 as resumed`;

const FIND = `
  select payload_hash, response,
    greatest(1, ceil(extract(epoch from lease_until - clock_timestamp())))::int as retry_after_s
  from idempotency_keys where principal = $1 and route = $2 and key = $3`;

/** The durable memory of idempotent requests, in the service's own schema. */
export function createIdempotencyStore(database: Database): IdempotencyStore {
  const begin = async (
    scope: readonly [string, string, string],
    payloadHash: string,
    fresh: Recovery,
    leaseMs: number,
  ): Promise<IdempotencyClaim | undefined> => {
    const values = [...scope, payloadHash, leaseMs, fresh.seed, fresh.at];
    const claimed = (await database.query<ClaimedRow>(CLAIM, values)).rows[0];
    if (claimed) {
      const { token, seed, at, resumed } = claimed;
      return { outcome: 'started', token, recovery: { seed, at }, resumed };
    }
    const found = (await database.query<FoundRow>(FIND, scope)).rows[0];
    if (!found) return undefined;
    if (found.payload_hash !== payloadHash) return { outcome: 'mismatch' };
    if (found.response) return { outcome: 'replay', response: found.response };
    return { outcome: 'in_progress', retryAfterS: found.retry_after_s };
  };
  return {
    async begin({ principal, route, key }, payloadHash, fresh, leaseMs) {
      for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt += 1) {
        const claim = await begin([principal, route, key], payloadHash, fresh, leaseMs);
        if (claim) return claim;
      }
      throw new AppError(
        'IDEMPOTENCY_KEY_CONTENDED',
        'unavailable',
        'the idempotency key is given back again and again',
      );
    },
    async finish({ principal, route, key }, token, response, transaction) {
      const { rowCount } = await (transaction ? asPg(transaction) : database).query(
        `update idempotency_keys set status = 'done', response = $5
         where principal = $1 and route = $2 and key = $3 and token = $4 and status = 'running'`,
        [principal, route, key, token, JSON.stringify(response)],
      );
      return rowCount === 1;
    },
    async reset({ principal, route, key }, token, { forget = false } = {}) {
      const statement = forget
        ? 'delete from idempotency_keys'
        : 'update idempotency_keys set lease_until = clock_timestamp()';
      await database.query(
        `${statement} where principal = $1 and route = $2 and key = $3 and token = $4 and status = 'running'`,
        [principal, route, key, token],
      );
    },
  };
}

/**
 * Forgets the requests first tried more than `olderThanH` hours ago; returns how many. A worker of the service calls it.
 *
 * @throws `ASSERTION_FAILED` below 72 hours, which clients rely on.
 */
export async function purgeIdempotencyKeys(database: Database, olderThanH: number): Promise<number> {
  assert(olderThanH >= KEEP_AT_LEAST_H, `idempotency keys are kept for ${String(KEEP_AT_LEAST_H)} h at the least`);
  let purged = 0;
  for (let batch = PURGE_BATCH_ROWS; batch === PURGE_BATCH_ROWS; purged += batch) {
    // whoever holds a lease is not disturbed, however old the key is
    const { rowCount } = await database.query(
      `delete from idempotency_keys where ctid = any (array(
         select ctid from idempotency_keys
         where created_at < clock_timestamp() - $1 * interval '1 hour'
           and (status = 'done' or lease_until < clock_timestamp())
         limit $2 for update skip locked))`,
      [olderThanH, PURGE_BATCH_ROWS],
    );
    batch = rowCount;
  }
  return purged;
}
