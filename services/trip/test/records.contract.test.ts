import { createMemoryServer } from '@rideshare/memory';
import { fakeClock } from '@rideshare/testing';
import { createPgDispatchRecords } from '../src/store/dispatch-records.pg.ts';
import { createPgQuoteStore } from '../src/store/quote-store.pg.ts';
import {
  createMemoryDispatchRecords,
  createMemoryQuoteStore,
  createMemoryStartCodeAttempts,
  createMemoryTimeline,
} from '../src/store/records.memory.ts';
import { createPgStartCodeAttempts } from '../src/store/start-code-attempts.pg.ts';
import { createPgTimeline } from '../src/store/timeline.pg.ts';
import { recordsSuite } from './suites/records.suite.ts';
import { tripDatabase } from './support/database.ts';

recordsSuite('memory', () => {
  const clock = fakeClock('2026-03-03T00:00:00.000Z');
  const database = createMemoryServer({ clock }).connect();
  return Promise.resolve({
    quotes: createMemoryQuoteStore(database),
    attempts: createMemoryStartCodeAttempts(database),
    records: createMemoryDispatchRecords(database),
    timeline: createMemoryTimeline(database),
    now: () => clock.now().getTime(),
    endLocks: () => {
      clock.advance(60_000);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});

recordsSuite('PostgreSQL', async () => {
  const { database, close } = await tripDatabase();
  return {
    quotes: createPgQuoteStore(database),
    attempts: createPgStartCodeAttempts(database),
    records: createPgDispatchRecords(database),
    timeline: createPgTimeline(database),
    now: () => Date.now(),
    endLocks: async () => {
      await database.query('update start_code_attempts set locked_until = clock_timestamp()');
    },
    close,
  };
});
