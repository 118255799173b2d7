import { systemClock } from '@rideshare/kernel/system';
import { idempotencyStoreSuite } from './suites/idempotency-store-suite.ts';
import { memoryIdempotencyStore } from './memory-idempotency-store.ts';

idempotencyStoreSuite('in memory', () =>
  Promise.resolve({ store: memoryIdempotencyStore(systemClock), close: () => Promise.resolve() }),
);
