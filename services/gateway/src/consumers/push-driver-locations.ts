import { driverLocated } from '@rideshare/contracts';
import type { ActiveTrips } from '../usecases/active-trips.ts';
import type { LiveStreams } from '../usecases/live-streams.ts';
import { onLive } from './live-event.ts';
import type { LiveEventHandler } from './live-event.ts';

/** Shows a rider where the driver of the ride is, and nobody else. */
export function makePushDriverLocations(deps: {
  readonly streams: LiveStreams;
  readonly trips: ActiveTrips;
}): LiveEventHandler {
  return onLive(driverLocated, ({ data }, place) => {
    const { driverId, tripId, point, headingDeg, speedMps, recordedAt } = data;
    const riderId = tripId === null ? undefined : deps.trips.riderOf(tripId, driverId);
    if (riderId === undefined) return;
    const location = { tripId, driverId, location: point, headingDeg, speedMps, recordedAt };
    deps.streams.send({ ...place, event: 'driver.location', data: location }, [riderId]);
  });
}
