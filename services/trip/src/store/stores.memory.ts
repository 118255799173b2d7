import type { MemoryDatabase } from '@rideshare/memory';
import { createMemoryHousekeeping } from './housekeeping.memory.ts';
import {
  createMemoryDispatchRecords,
  createMemoryQuoteStore,
  createMemoryStartCodeAttempts,
  createMemoryTimeline,
} from './records.memory.ts';
import type { Stores, TraceId } from './stores.ts';
import { createMemoryTripAgenda, createMemoryTripViews } from './trip-reads.memory.ts';
import { createMemoryTripStore } from './trip-store.memory.ts';

/** All stores on one database in memory. */
export function createMemoryStores(database: MemoryDatabase, traceId: TraceId): Stores {
  return {
    trips: createMemoryTripStore({ database, traceId }),
    views: createMemoryTripViews(database),
    agenda: createMemoryTripAgenda(database),
    quotes: createMemoryQuoteStore(database),
    startCodeAttempts: createMemoryStartCodeAttempts(database),
    records: createMemoryDispatchRecords(database),
    timeline: createMemoryTimeline(database),
    housekeeping: createMemoryHousekeeping(database),
  };
}
