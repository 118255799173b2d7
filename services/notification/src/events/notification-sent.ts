import type { EventData, notificationSent } from '@rideshare/contracts';
import type { Message } from '../domain/message.ts';

/** What the platform is told of a message that left. */
export function notificationSentData(message: Message): EventData<typeof notificationSent> {
  return {
    messageId: message.id,
    userId: message.userId,
    kind: message.kind,
    channel: message.channel,
    template: message.template,
    tripId: message.tripId,
    aboutEventId: message.aboutEventId,
  };
}
