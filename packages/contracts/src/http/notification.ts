import { z } from 'zod';
import { notificationKindSchema } from '../events/notification.ts';
import { emptySchema, idSchema, pageQuerySchema, pageSchema, timestampSchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

export const notificationSchema = z
  .object({
    id: idSchema,
    kind: notificationKindSchema,
    title: z.string(),
    body: z.string(),
    tripId: idSchema.nullable(),
    createdAt: timestampSchema,
    readAt: timestampSchema.nullable(),
  })
  .meta({ id: 'Notification' });

export const listNotifications = defineRoute({
  id: 'listNotifications',
  owner: 'notification',
  tag: 'Notifications',
  method: 'GET',
  path: '/api/notifications',
  callers: ['user'],
  summary: 'The caller’s inbox, newest first',
  params: emptySchema,
  query: pageQuerySchema,
  body: null,
  responses: { 200: pageSchema(notificationSchema) },
});
