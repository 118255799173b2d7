import type { Clock, IdempotencyStore } from '@rideshare/kernel';
import { createIdempotencyStore, createMemoryServer } from '@rideshare/memory';

/**
 * An {@link IdempotencyStore} in memory with a server of its own, for unit tests. Transactions are ignored: they belong to
 * no store.
 */
export function memoryIdempotencyStore(clock: Clock): IdempotencyStore {
  const store = createIdempotencyStore(createMemoryServer({ clock }).connect());
  return { ...store, finish: (scope, token, response) => store.finish(scope, token, response) };
}
