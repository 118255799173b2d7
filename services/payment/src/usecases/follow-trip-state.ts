import type { Operation } from '@rideshare/kernel';
import { captureFare, chargeCancellation, holdFare, voidHold } from './follow-trip.ts';
import type { Effect, FollowTripDeps } from './follow-trip.ts';
import type { TripState } from './ports.ts';

/**
 * Brings a payment in line with the trip's own decision read, exactly as the trip's event would have.
 *
 * @remarks While the trip goes on, this opens the payment where there is none.
 */
export function followTripState(
  deps: FollowTripDeps,
  operation: Operation,
  tripId: string,
  trip: TripState,
  causeId: string,
): Promise<Effect> {
  const { riderId, methodId, driverId, tariffVersion, lines } = trip;
  const news = { tripId, riderId, methodId, causeId };
  const basis = { tariffVersion, at: operation.at };
  const due = trip.due ?? trip.fare;
  switch (trip.status) {
    case 'completed':
      return captureFare(deps, operation, { ...news, charge: { total: due, lines, driverId, ...basis } });
    case 'cancelled':
      return chargeCancellation(deps, operation, { ...news, fee: due, driverId, basis });
    case 'expired':
      return voidHold(deps, operation, news);
    case 'requested':
    case 'accepted':
    case 'arrived':
    case 'in_progress':
      return holdFare(deps, operation, { ...news, fare: trip.fare });
  }
}
