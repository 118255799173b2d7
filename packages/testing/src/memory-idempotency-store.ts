import type { Clock, IdempotencyScope, IdempotencyStore, Recovery, StoredResponse } from '@rideshare/kernel';

interface Row {
  readonly hash: string;
  readonly recovery: Recovery;
  token: string;
  leaseUntilMs: number;
  response?: StoredResponse;
}

/** An {@link IdempotencyStore} in memory, for unit tests. Transactions are ignored: there is nothing to roll back. */
export function memoryIdempotencyStore(clock: Clock): IdempotencyStore {
  const rows = new Map<string, Row>();
  let tokens = 0;
  const nameOf = ({ principal, route, key }: IdempotencyScope) => JSON.stringify([principal, route, key]);
  const held = (scope: IdempotencyScope, token: string): Row | undefined => {
    const row = rows.get(nameOf(scope));
    return row?.token === token && !row.response ? row : undefined;
  };
  const lease = (row: Row, leaseMs: number, resumed: boolean) => {
    tokens += 1;
    row.token = `token-${String(tokens)}`;
    row.leaseUntilMs = clock.now().getTime() + leaseMs;
    return { outcome: 'started', token: row.token, recovery: row.recovery, resumed } as const;
  };
  return {
    begin(scope, hash, recovery, leaseMs) {
      const row = rows.get(nameOf(scope));
      if (!row) {
        const fresh: Row = { hash, recovery, token: '', leaseUntilMs: 0 };
        rows.set(nameOf(scope), fresh);
        return Promise.resolve(lease(fresh, leaseMs, false));
      }
      if (row.hash !== hash) return Promise.resolve({ outcome: 'mismatch' });
      // as they come back from a store: nobody can change what is kept
      if (row.response) return Promise.resolve({ outcome: 'replay', response: structuredClone(row.response) });
      const leftMs = row.leaseUntilMs - clock.now().getTime();
      return Promise.resolve(
        leftMs > 0
          ? { outcome: 'in_progress', retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) }
          : lease(row, leaseMs, true),
      );
    },
    finish(scope, token, response) {
      const row = held(scope, token);
      if (row) row.response = structuredClone(response);
      return Promise.resolve(row !== undefined);
    },
    reset(scope, token, { forget = false } = {}) {
      const row = held(scope, token);
      if (row) row.leaseUntilMs = 0;
      if (row && forget) rows.delete(nameOf(scope));
      return Promise.resolve();
    },
  };
}
