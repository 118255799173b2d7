import type { Database } from '@rideshare/postgres';
import { createPgDispatchRecords } from './dispatch-records.pg.ts';
import { createPgHousekeeping } from './housekeeping.pg.ts';
import { createPgQuoteStore } from './quote-store.pg.ts';
import { createPgStartCodeAttempts } from './start-code-attempts.pg.ts';
import type { Stores, TraceId } from './stores.ts';
import { createPgTimeline } from './timeline.pg.ts';
import { createPgTripAgenda } from './trip-agenda.pg.ts';
import { createPgTripStore } from './trip-store.pg.ts';
import { createPgTripViews } from './trip-views.pg.ts';

/** All stores on one PostgreSQL database. */
export function createPgStores(database: Database, traceId: TraceId): Stores {
  return {
    trips: createPgTripStore({ database, traceId }),
    views: createPgTripViews(database),
    agenda: createPgTripAgenda(database),
    quotes: createPgQuoteStore(database),
    startCodeAttempts: createPgStartCodeAttempts(database),
    records: createPgDispatchRecords(database),
    timeline: createPgTimeline(database),
    housekeeping: createPgHousekeeping(database),
  };
}
