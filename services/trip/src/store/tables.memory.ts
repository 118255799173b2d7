import { defineTable } from '@rideshare/memory';
import type { TripEvent } from '../domain/trip-events.ts';
import type { Quote } from '../domain/quote.ts';
import type { Timestamp } from '../domain/timestamp.ts';
import type { TripState } from '../domain/trip.ts';
import type { OfferRecord, SlotVerdict, TimelineEntry, VerdictRecord } from '../usecases/ports.ts';

/** A trip with its events, the oldest first, and the trace that each was written in. */
export interface StoredTrip {
  readonly state: TripState;
  readonly events: readonly { readonly eventId: string; readonly event: TripEvent; readonly traceId: string | null }[];
}

/** By trip. */
export const trips = defineTable<StoredTrip>('trips');
/** The trips that go on, by trip: what has a deadline. */
export const openTrips = defineTable<TripState>('open_trips');
/** The trip that holds somebody, by rider or driver. */
export const claims = defineTable<{ readonly tripId: string }>('trip_claims');
/** The trips of a person, by rider or driver. */
export const tripsOfPeople = defineTable<{ readonly tripIds: readonly string[] }>('trips_of_people');

/** An offer with what the slot said. */
export interface StoredOffer extends OfferRecord {
  readonly verdict?: SlotVerdict;
}

export const quotes = defineTable<Quote>('quotes');
export const attempts = defineTable<{
  readonly tripId: string;
  readonly createdAt: Timestamp;
  readonly taken: number;
  readonly lockedUntil: Timestamp | null;
}>('start_code_attempts');
export const offers = defineTable<StoredOffer>('dispatch_offers');
export const offersOfTrips = defineTable<{ readonly tripId: string; readonly offerIds: readonly string[] }>(
  'dispatch_offers_of_trips',
);
export const verdictsOfTrips = defineTable<{
  readonly tripId: string;
  readonly verdicts: Readonly<Record<string, VerdictRecord>>;
}>('dispatch_verdicts');
export const entriesOfTrips = defineTable<{ readonly tripId: string; readonly entries: readonly TimelineEntry[] }>(
  'timeline_entries',
);
