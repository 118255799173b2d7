import { money } from '@rideshare/kernel';
import type { Money } from '@rideshare/kernel';
import type { FareLine } from '@rideshare/pricing';
import { tripError } from '../domain/errors.ts';
import type { TripState } from '../domain/trip.ts';
import type { TripStore } from './ports.ts';

/** Where a trip stands and what is to be paid for it, as other services decide on it. */
export interface StandingTrip {
  readonly trip: TripState;
  /** `null` while the trip goes on. */
  readonly due: Money | null;
  readonly lines: readonly FareLine[];
}

/**
 * The decision read of a trip, for the sweeps of other services.
 *
 * @throws `TRIP_NOT_FOUND`.
 */
export async function getTripState(
  deps: { readonly trips: Pick<TripStore, 'read'> },
  tripId: string,
): Promise<StandingTrip> {
  const trip = await deps.trips.read(tripId);
  if (!trip) throw tripError('TRIP_NOT_FOUND');
  switch (trip.status) {
    case 'completed':
      return { trip, due: trip.total, lines: trip.lines };
    case 'cancelled':
      return { trip, due: trip.fee, lines: [] };
    case 'expired':
      return { trip, due: money(0, trip.facts.fare.currency), lines: [] };
    case 'requested':
    case 'accepted':
    case 'arrived':
    case 'in_progress':
      return { trip, due: null, lines: [] };
  }
}
