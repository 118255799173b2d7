import type { IdempotencyStore } from '@rideshare/kernel';
import { deriveKey, keyedDigest } from './derive-key.ts';

/**
 * Keeps a keyed digest in place of each payload hash: the hash of a sign-up covers a password, and a plain one would let
 * whoever reads the table try passwords at a rate that the slow password hash is there to prevent.
 */
export function keyedIdempotencyStore(inner: IdempotencyStore, secret: string): IdempotencyStore {
  const key = deriveKey(secret, 'idempotent payload');
  return {
    begin: (scope, payloadHash, fresh, leaseMs) => inner.begin(scope, keyedDigest(key, payloadHash), fresh, leaseMs),
    finish: (...args) => inner.finish(...args),
    reset: (...args) => inner.reset(...args),
  };
}
