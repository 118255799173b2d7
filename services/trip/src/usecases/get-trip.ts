import { tripError } from '../domain/errors.ts';
import { sideOf } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import type { StartCodes, TripStore } from './ports.ts';
import { tripViewFor } from './trip-view.ts';
import type { TripView, Viewer } from './trip-view.ts';

/**
 * The trip, if the viewer is one of its sides or an administrator.
 *
 * @throws `TRIP_NOT_FOUND`, for other people's trips too.
 */
export async function readTripOf(
  deps: { readonly trips: Pick<TripStore, 'read'> },
  viewer: Viewer,
  tripId: string,
): Promise<TripState> {
  const trip = await deps.trips.read(tripId);
  if (!trip || (sideOf(trip, viewer.userId) === null && !viewer.isAdmin)) throw tripError('TRIP_NOT_FOUND');
  return trip;
}

/** Reads a trip for one of its sides or an administrator. */
export async function getTrip(
  deps: { readonly trips: Pick<TripStore, 'read'>; readonly startCodes: StartCodes },
  viewer: Viewer,
  tripId: string,
): Promise<TripView> {
  return tripViewFor(deps.startCodes, viewer, await readTripOf(deps, viewer, tripId));
}
