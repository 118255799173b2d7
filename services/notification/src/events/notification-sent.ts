import { notificationSent } from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import type { Message } from '../domain/message.ts';

/** What the platform is told of a message that left. */
export function notificationSentEvent(message: Message): {
  readonly definition: typeof notificationSent;
  readonly data: EventData<typeof notificationSent>;
} {
  return {
    definition: notificationSent,
    data: {
      messageId: message.id,
      userId: message.userId,
      kind: message.kind,
      channel: message.channel,
      template: message.template,
      tripId: message.tripId,
      aboutEventId: message.aboutEventId,
    },
  };
}
