import { matchBatch } from '@rideshare/dispatch';
import type { Batch, RideRequest } from '@rideshare/dispatch';
import { elapsedMs } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { TravelTimes } from '../ports.ts';
import type { Fleet } from './fleet.ts';
import type { WaitingTrip } from './pool.ts';
import type { Verdict } from './verdict-book.ts';

/** A driver chosen for a trip. */
export interface Match {
  readonly trip: WaitingTrip;
  readonly driverId: string;
  readonly pickupEtaS: number;
}

/** What a window has decided: who is offered what, and why the others are not. */
export interface WindowPlan extends Pick<Batch, 'passedOver' | 'droppedByGate'> {
  readonly matches: readonly Match[];
  readonly verdicts: readonly Verdict[];
}

/** The best plan for all trips that wait, and why the other drivers are not in it. */
export function matchWindow(
  deps: { readonly fleet: Fleet; readonly travelTimes: TravelTimes },
  waiting: readonly WaitingTrip[],
  at: Timestamp,
): WindowPlan {
  const byId = new Map(waiting.map((trip) => [trip.facts.tripId, trip]));
  const batch = matchBatch({
    at: new Date(at),
    requests: waiting.map((trip) => requestOf(trip, at)),
    drivers: deps.fleet.poolAt(at),
    travelTimeS: (from, to) => deps.travelTimes.seconds(from, to),
  });
  const matches = batch.matches.flatMap(({ tripId, driverId, etaS }): Match[] => {
    const trip = byId.get(tripId);
    return trip ? [{ trip, driverId, pickupEtaS: Math.round(etaS) }] : [];
  });
  const verdicts = batch.verdicts.flatMap(({ tripId, driverId, gate, distanceM, etaS }): Verdict[] =>
    gate === null ? [] : [{ tripId, driverId, gate, detail: { distanceM: Math.round(distanceM), etaS } }],
  );
  return { matches, verdicts, passedOver: batch.passedOver, droppedByGate: batch.droppedByGate };
}

function requestOf({ facts, declinedBy, ignoredBy }: WaitingTrip, at: Timestamp): RideRequest {
  const { tripId, riderId, pickup, vehicleClass, requestedAt } = facts;
  const asleep = [...ignoredBy].filter(([, askAgainAt]) => at < askAgainAt).map(([driverId]) => driverId);
  return {
    tripId,
    riderId,
    pickup,
    vehicleClass,
    ageS: elapsedMs(requestedAt, at) / 1_000,
    declinedBy: [...declinedBy, ...asleep],
  };
}
