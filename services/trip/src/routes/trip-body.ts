import type { getTrip } from '@rideshare/contracts';
import { hasRole, userId } from '@rideshare/http';
import type { Answer, Principal } from '@rideshare/http';
import type { TripState } from '../domain/trip.ts';
import type { TripView, Viewer } from '../usecases/trip-view.ts';

/** The person behind a call. */
export function viewerOf(principal: Principal): Viewer {
  return { userId: userId(principal), isAdmin: hasRole(principal, 'admin') };
}

/** A trip as the API shows it; what it does not have is `null`. */
export function tripBody({ trip, startCode }: TripView): Answer<typeof getTrip>['body'] {
  const { facts } = trip;
  return {
    id: facts.tripId,
    status: trip.status,
    version: trip.version,
    riderId: facts.riderId,
    pickup: facts.pickup,
    destination: facts.destination,
    stops: [...facts.stops],
    vehicleClass: facts.vehicleClass,
    quoteId: facts.quoteId,
    fare: facts.fare,
    estimatedDurationS: facts.durationS,
    requestedAt: facts.requestedAt,
    ...milestones(trip),
    ...(startCode === null ? {} : { startCode }),
  };
}

function milestones(trip: TripState) {
  const assignment = 'assignment' in trip ? trip.assignment : null;
  const arrival = trip.status === 'cancelled' ? trip.arrival : 'arrivedAt' in trip ? trip : null;
  const departure = trip.status === 'cancelled' ? trip.departure : 'startedAt' in trip ? trip : null;
  const cancelled = trip.status === 'cancelled' ? trip : null;
  return {
    driverId: assignment?.driverId ?? null,
    acceptedAt: assignment?.acceptedAt ?? null,
    arrivedAt: arrival?.arrivedAt ?? null,
    startedAt: departure?.startedAt ?? null,
    completedAt: trip.status === 'completed' ? trip.completedAt : null,
    cancelledAt: cancelled?.cancelledAt ?? null,
    cancelledBy: cancelled?.cancelledBy ?? null,
    cancelReason: cancelled?.reason ?? null,
  };
}
