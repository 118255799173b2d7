import type {
  DispatchRecords,
  Housekeeping,
  QuoteStore,
  StartCodeAttempts,
  Timeline,
  TripAgenda,
  TripStore,
  TripViews,
} from '../usecases/ports.ts';

/** What the service keeps. */
export interface Stores {
  readonly trips: TripStore;
  readonly views: TripViews;
  readonly agenda: TripAgenda;
  readonly quotes: QuoteStore;
  readonly startCodeAttempts: StartCodeAttempts;
  readonly records: DispatchRecords;
  readonly timeline: Timeline;
  readonly housekeeping: Housekeeping;
}

/** The trace that is kept beside each event. */
export type TraceId = () => string | undefined;
