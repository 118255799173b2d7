import { appendToOutbox, newEvent } from '@rideshare/messaging';
import type { Message } from '../domain/message.ts';
import { notificationSentEvent } from '../events/notification-sent.ts';

/** Tells the others which messages have left, with the transaction that notes it. */
export function publishSent(
  tx: Parameters<typeof appendToOutbox>[0],
  messages: readonly Message[],
  occurredAt: Date,
): void {
  appendToOutbox(
    tx,
    messages.map((message) => {
      const { data, definition } = notificationSentEvent(message);
      return newEvent(definition, {
        // a message leaves once: its own id is the id of the news
        id: message.id,
        sequence: 1,
        occurredAt,
        source: 'notification',
        correlationId: message.correlationId,
        causationId: message.aboutEventId,
        data,
      });
    }),
  );
}
