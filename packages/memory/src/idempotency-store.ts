import { assert } from '@rideshare/kernel';
import type {
  IdempotencyClaim,
  IdempotencyScope,
  IdempotencyStore,
  Recovery,
  StoredResponse,
  Transaction,
} from '@rideshare/kernel';
import { asMemory } from './server.ts';
import type { MemoryDatabase, MemoryTransaction } from './server.ts';
import { defineTable } from './tables.ts';

interface KeptRequest {
  readonly hash: string;
  readonly recovery: Recovery;
  readonly token: string;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  readonly response?: StoredResponse;
}

/** How long an answer is kept at the least; a client that retries later than this starts anew. */
const KEEP_AT_LEAST_H = 72;
const HOUR_MS = 3_600_000;

const requests = defineTable<KeptRequest>('idempotency_keys');

function nameOf({ principal, route, key }: IdempotencyScope): string {
  return JSON.stringify([principal, route, key]);
}

/** The request that `token` is the key to, if it has no answer yet. */
function heldBy(tx: MemoryTransaction, scope: IdempotencyScope, token: string): KeptRequest | undefined {
  const held = tx.get(requests, nameOf(scope));
  return held?.token === token && !held.response ? held : undefined;
}

/** The memory of idempotent requests in the schema of `database`, by its clock. */
export function createIdempotencyStore(database: MemoryDatabase): IdempotencyStore {
  return {
    begin: (scope, hash, fresh, leaseMs) =>
      database.transaction((tx): IdempotencyClaim => {
        const now = database.now();
        const held = tx.get(requests, nameOf(scope));
        if (held && held.hash !== hash) return { outcome: 'mismatch' };
        // as they come back from a store: nobody can change what is kept
        if (held?.response) return { outcome: 'replay', response: structuredClone(held.response) };
        const leftMs = held ? held.leaseUntil.getTime() - now.getTime() : 0;
        if (leftMs > 0) return { outcome: 'in_progress', retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) };
        const { recovery, createdAt } = held ?? { recovery: fresh, createdAt: now };
        const token = `token-${String(tx.next('idempotency_keys'))}`;
        const leaseUntil = new Date(now.getTime() + leaseMs);
        tx.put(requests, nameOf(scope), { hash, recovery, token, leaseUntil, createdAt });
        return { outcome: 'started', token, recovery, resumed: held !== undefined };
      }),
    finish(scope, token, response, transaction?: Transaction) {
      const finish = (tx: MemoryTransaction): boolean => {
        const held = heldBy(tx, scope, token);
        if (held) tx.put(requests, nameOf(scope), { ...held, response: structuredClone(response) });
        return held !== undefined;
      };
      return transaction ? Promise.resolve(asMemory(transaction)).then(finish) : database.transaction(finish);
    },
    reset: (scope, token, { forget = false } = {}) =>
      database.transaction((tx) => {
        const held = heldBy(tx, scope, token);
        if (!held) return;
        if (forget) tx.remove(requests, nameOf(scope));
        else tx.put(requests, nameOf(scope), { ...held, leaseUntil: database.now() });
      }),
  };
}

/**
 * Forgets the requests first tried more than `olderThanH` hours ago; returns how many. A worker of the service calls it.
 *
 * @throws `ASSERTION_FAILED` below 72 hours, which clients rely on.
 */
export async function purgeIdempotencyKeys(database: MemoryDatabase, olderThanH: number): Promise<number> {
  assert(olderThanH >= KEEP_AT_LEAST_H, `idempotency keys are kept for ${String(KEEP_AT_LEAST_H)} h at the least`);
  const now = database.now();
  const before = new Date(now.getTime() - olderThanH * HOUR_MS);
  // whoever holds a lease is not disturbed, however old the key is
  const isOver = (kept: KeptRequest) =>
    kept.createdAt < before && (kept.response !== undefined || kept.leaseUntil < now);
  const over = await database.read((reader) => {
    const names: string[] = [];
    for (const [name, kept] of reader.entries(requests)) {
      if (kept.createdAt >= before) break; // those after it came later
      if (isOver(kept)) names.push(name);
    }
    return names;
  });
  if (over.length === 0) return 0;
  return database.transaction((tx) => {
    const still = over.filter((name) => {
      const kept = tx.get(requests, name);
      return kept !== undefined && isOver(kept);
    });
    for (const name of still) tx.remove(requests, name);
    return still.length;
  });
}
