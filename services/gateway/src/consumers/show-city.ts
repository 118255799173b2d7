import {
  driverLocated,
  driverStatusChanged,
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRequested,
  tripStarted,
} from '@rideshare/contracts';
import type { City } from '../usecases/city.ts';
import { onLive } from './live-event.ts';
import type { LiveEventHandler } from './live-event.ts';

/** Keeps the city of the development page. */
export function makeShowCity({ city }: { readonly city: City }): readonly LiveEventHandler[] {
  return [
    onLive(driverLocated, ({ data, occurredAt }) => {
      city.driverSeen(data.driverId, new Date(occurredAt), { state: data.state, place: data.point });
    }),
    onLive(driverStatusChanged, ({ data, occurredAt }) => {
      city.driverSeen(data.driverId, new Date(occurredAt), { state: data.state, place: data.position?.point });
    }),
    onLive(tripRequested, ({ data, occurredAt }) => {
      city.tripRequested(data.tripId, new Date(occurredAt), data);
    }),
    onLive(tripAccepted, ({ data, occurredAt }) => {
      city.tripMoved(data.tripId, new Date(occurredAt), 'accepted', data.driverId);
    }),
    onLive(tripArrived, ({ data, occurredAt }) => {
      city.tripMoved(data.tripId, new Date(occurredAt), 'arrived', data.driverId);
    }),
    onLive(tripStarted, ({ data, occurredAt }) => {
      city.tripMoved(data.tripId, new Date(occurredAt), 'in_progress', data.driverId);
    }),
    onLive(tripCompleted, ({ data, occurredAt }) => {
      city.tripEnded(data.tripId, new Date(occurredAt), 'completed', data.total);
    }),
    onLive(tripCancelled, ({ data, occurredAt }) => {
      city.tripEnded(data.tripId, new Date(occurredAt), 'cancelled', data.fee);
    }),
    onLive(tripExpired, ({ data, occurredAt }) => {
      city.tripEnded(data.tripId, new Date(occurredAt), 'expired');
    }),
  ];
}
