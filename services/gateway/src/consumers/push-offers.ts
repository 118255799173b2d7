import { driverStatusChanged } from '@rideshare/contracts';
import type { LiveStreams } from '../usecases/live-streams.ts';
import { onLive } from './live-event.ts';
import type { LiveEventHandler } from './live-event.ts';

/** Changes of a slot that end no offer, whatever offer they name. */
const NO_END: ReadonlySet<string> = new Set(['offered', 'released', 'trip_ended', 'went_available']);

/** Shows a driver its offer, and tells it when there is nothing left to answer. */
export function makePushOffers({ streams }: { readonly streams: LiveStreams }): LiveEventHandler {
  return onLive(driverStatusChanged, ({ data }, place) => {
    const { driverId, offer, offerId, reason, state, tripId } = data;
    if (state === 'offered' && offer) streams.send({ ...place, event: 'trip.offer', data: offer }, [driverId]);
    else if (offerId !== null && !NO_END.has(reason)) {
      streams.send({ ...place, event: 'trip.offer_ended', data: { offerId, tripId, reason } }, [driverId]);
    }
  });
}
