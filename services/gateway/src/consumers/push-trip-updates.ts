import {
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRequested,
  tripStarted,
} from '@rideshare/contracts';
import type { Envelope, TripStatus } from '@rideshare/contracts';
import type { ActiveTrips } from '../usecases/active-trips.ts';
import type { LiveStreams } from '../usecases/live-streams.ts';
import { onLive } from './live-event.ts';
import type { EventPlace, LiveEventHandler } from './live-event.ts';

interface Parties {
  readonly tripId: string;
  readonly riderId: string;
  readonly driverId?: string | null;
}

/** Tells both sides of a trip that it moved on. A hint: the version says whether the client knows it already. */
export function makePushTripUpdates(deps: {
  readonly streams: LiveStreams;
  readonly trips: ActiveTrips;
}): readonly LiveEventHandler[] {
  const tell = (event: Envelope<Parties>, place: EventPlace, status: TripStatus, more: object = {}): void => {
    const { tripId, riderId, driverId = null } = event.data;
    const data = { tripId, status, version: event.sequence, driverId, at: event.occurredAt, ...more };
    if (driverId !== null && status !== 'completed' && status !== 'cancelled')
      deps.trips.begin(tripId, riderId, driverId);
    else deps.trips.end(tripId);
    deps.streams.send({ ...place, event: 'trip.updated', data }, driverId === null ? [riderId] : [riderId, driverId]);
  };
  return [
    onLive(tripRequested, (event, place) => tell(event, place, 'requested')),
    onLive(tripAccepted, (event, place) => tell(event, place, 'accepted')),
    onLive(tripArrived, (event, place) => tell(event, place, 'arrived')),
    onLive(tripStarted, (event, place) => tell(event, place, 'in_progress')),
    onLive(tripCompleted, (event, place) => tell(event, place, 'completed', { total: event.data.total })),
    onLive(tripCancelled, (event, place) => {
      const { cancelledBy, reason, fee } = event.data;
      tell(event, place, 'cancelled', { cancelledBy, reason, fee });
    }),
    onLive(tripExpired, (event, place) => tell(event, place, 'expired')),
  ];
}
