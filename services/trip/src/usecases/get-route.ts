import { straightLine } from '@rideshare/geo';
import type { LineString } from '@rideshare/geo';
import { wayOf } from '../domain/quote.ts';
import { isAssigned } from '../domain/trip.ts';
import { readTripOf } from './get-trip.ts';
import type { FleetView, TravelTimes, TripStore } from './ports.ts';

/** The planned way, and where the driver is on it. */
export interface TripRoute {
  readonly geometry: LineString;
  readonly distanceM: number;
  readonly durationS: number;
  /** Until the pickup, then until the destination; `null` when nobody is under way. */
  readonly etaS: number | null;
  readonly position: ReturnType<FleetView['position']>;
}

/**
 * The route of a trip for its rider and its driver.
 *
 * @throws `TRIP_NOT_FOUND`.
 */
export async function getRoute(
  deps: { readonly trips: Pick<TripStore, 'read'>; readonly fleet: FleetView; readonly travelTimes: TravelTimes },
  userId: string,
  tripId: string,
): Promise<TripRoute> {
  const trip = await readTripOf(deps, { userId, isAdmin: false }, tripId);
  const { facts } = trip;
  const planned = { geometry: straightLine(wayOf(facts)), distanceM: facts.distanceM, durationS: facts.durationS };
  if (!isAssigned(trip)) return { ...planned, etaS: null, position: null };
  const position = deps.fleet.position(trip.assignment.driverId);
  if (trip.status === 'arrived') return { ...planned, etaS: 0, position };
  const target = trip.status === 'accepted' ? facts.pickup : facts.destination;
  return { ...planned, etaS: position && deps.travelTimes.seconds(position.point, target), position };
}
