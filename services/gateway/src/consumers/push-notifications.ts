import { notificationSent } from '@rideshare/contracts';
import type { LiveStreams } from '../usecases/live-streams.ts';
import { onLive } from './live-event.ts';
import type { LiveEventHandler } from './live-event.ts';

/** Tells somebody that there is something new in the inbox. */
export function makePushNotifications({ streams }: { readonly streams: LiveStreams }): LiveEventHandler {
  return onLive(notificationSent, ({ data }, place) => {
    const { messageId, userId, kind, channel, tripId } = data;
    if (channel !== 'inbox') return;
    streams.send({ ...place, event: 'notification', data: { id: messageId, kind, tripId } }, [userId]);
  });
}
