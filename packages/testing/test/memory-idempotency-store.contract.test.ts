import { systemClock } from '@rideshare/kernel/system';
import { idempotencyStoreSuite, memoryIdempotencyStore } from '../src/index.ts';

idempotencyStoreSuite('in memory', () =>
  Promise.resolve({ store: memoryIdempotencyStore(systemClock), close: () => Promise.resolve() }),
);
