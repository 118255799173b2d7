import { appendToOutbox, newEvent } from '@rideshare/messaging';
import type { TripEvent } from '../domain/trip-events.ts';
import type { TripState } from '../domain/trip.ts';
import { messageOf } from '../events/trip-messages.ts';

/** Publishes `event` with the write of the trip `after` it. */
export function appendTripEvent(
  tx: Parameters<typeof appendToOutbox>[0],
  eventId: string,
  event: TripEvent,
  after: TripState,
): void {
  const { definition, data } = messageOf(event, after);
  const { tripId } = after.facts;
  const published = newEvent(definition, {
    id: eventId,
    sequence: after.version,
    occurredAt: new Date(event.at),
    source: 'trip',
    correlationId: tripId,
    data,
  });
  appendToOutbox(tx, [published]);
}
