import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { idSchema } from '../primitives.ts';

export const notificationChannelSchema = z.enum(['inbox', 'email', 'sms', 'push']);
export const notificationKindSchema = z.enum([
  'trip_accepted',
  'driver_arrived',
  'trip_completed',
  'trip_cancelled',
  'trip_expired',
  'payment_failed',
  'refund',
]);

export const notificationSent = defineEvent({
  version: 1,
  topic: 'notification.events',
  key: 'userId',
  stream: { kind: 'message', id: 'messageId' },
  type: 'notification.sent',
  summary: 'One message left on one channel.',
  data: z.object({
    messageId: idSchema,
    userId: idSchema,
    kind: notificationKindSchema,
    channel: notificationChannelSchema,
    template: z.string(),
    tripId: idSchema.nullable(),
    /** The event that the message tells about. */
    aboutEventId: idSchema,
  }),
});
