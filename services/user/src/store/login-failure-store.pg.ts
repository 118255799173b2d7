import type { Database } from '@rideshare/postgres';
import { BACKOFF_RULES, FORGET_AFTER_MS, KNOWN_ADDRESS_MS, waitAfter } from '../domain/login-backoff.ts';
import type { BackoffScope } from '../domain/login-backoff.ts';
import type { LoginAttempt, LoginFailureStore } from '../usecases/ports.ts';

function keys({ accountKey, addressKey }: LoginAttempt): Record<BackoffScope, string> {
  return { pair: `${accountKey}.${addressKey}`, account: accountKey };
}

interface StateRow {
  readonly pair_ms: number;
  readonly account_ms: number;
  readonly known: boolean;
}

/** Counts of failed sign-ins in PostgreSQL, so that neither a restart nor another instance forgets them. */
export function createLoginFailureStore(database: Database): LoginFailureStore {
  return {
    async read(attempt) {
      const key = keys(attempt);
      const { rows } = await database.query<StateRow>(
        `select coalesce(max(wait_ms) filter (where scope = 'pair'), 0)::float8 as pair_ms,
           coalesce(max(wait_ms) filter (where scope = 'account'), 0)::float8 as account_ms,
           exists (select 1 from known_addresses where account_key = $2 and address_key = $3
             and seen_at > clock_timestamp() - $4 * interval '1 millisecond') as known
         from (select scope, greatest(0, extract(epoch from blocked_until - clock_timestamp()) * 1000) as wait_ms
               from login_failures where (scope, key) in (('pair', $1), ('account', $2))) as waits`,
        [key.pair, key.account, attempt.addressKey, KNOWN_ADDRESS_MS],
        { name: 'login_failures_read' },
      );
      const row = rows[0];
      return { waitMs: { pair: row?.pair_ms ?? 0, account: row?.account_ms ?? 0 }, addressKnown: row?.known ?? false };
    },
    async failed(attempt) {
      const key = keys(attempt);
      await database.transaction(async (tx) => {
        for (const scope of ['account', 'pair'] as const) {
          // the conflicting row stays locked until its wait is set, so that failures at the same time all count
          const { rows } = await tx.query<{ failures: number }>(
            `insert into login_failures as f (scope, key, failures, last_failed_at, blocked_until)
             values ($1, $2, 1, clock_timestamp(), clock_timestamp())
             on conflict (scope, key) do update set last_failed_at = clock_timestamp(), failures = case
               when f.last_failed_at < clock_timestamp() - $3 * interval '1 millisecond' then 1 else f.failures + 1 end
             returning failures`,
            [scope, key[scope], FORGET_AFTER_MS],
          );
          const waitMs = waitAfter(rows[0]?.failures ?? 1, BACKOFF_RULES[scope]);
          if (waitMs === 0) continue;
          await tx.query(
            `update login_failures set blocked_until = clock_timestamp() + $3 * interval '1 millisecond'
             where scope = $1 and key = $2`,
            [scope, key[scope], waitMs],
          );
        }
      });
    },
    async succeeded(attempt) {
      const key = keys(attempt);
      await database.query(
        `with forgotten as (delete from login_failures where (scope, key) in (('pair', $1), ('account', $2)))
         insert into known_addresses as k (account_key, address_key, seen_at) values ($2, $3, clock_timestamp())
         on conflict (account_key, address_key) do update set seen_at = excluded.seen_at`,
        [key.pair, key.account, attempt.addressKey],
      );
    },
    async purge(limit) {
      const failures = await database.query(
        `delete from login_failures where (scope, key) in (
           select scope, key from login_failures
           where last_failed_at < clock_timestamp() - $1 * interval '1 millisecond' limit $2 for update skip locked)`,
        [FORGET_AFTER_MS, limit],
      );
      const addresses = await database.query(
        `delete from known_addresses where (account_key, address_key) in (
           select account_key, address_key from known_addresses
           where seen_at < clock_timestamp() - $1 * interval '1 millisecond' limit $2 for update skip locked)`,
        [KNOWN_ADDRESS_MS, limit],
      );
      return Math.max(failures.rowCount, addresses.rowCount);
    },
  };
}
