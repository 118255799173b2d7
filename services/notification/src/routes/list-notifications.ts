import { listNotifications as route } from '@rideshare/contracts';
import { decodeCursor, encodeCursor, endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { z } from 'zod';
import { listNotifications } from '../usecases/list-notifications.ts';
import type { InboxPage, MessageStore } from '../usecases/ports.ts';

const positionSchema = z.strictObject({ createdAt: z.coerce.date(), id: z.uuid() });

/** `GET /api/notifications` */
export function listNotificationsEndpoint(deps: { readonly messages: MessageStore }): Endpoint {
  return endpoint<typeof route, InboxPage>(route, {
    run: ({ principal, query }) =>
      listNotifications(deps, {
        userId: userId(principal),
        limit: query.limit,
        after: query.cursor === undefined ? undefined : decodeCursor(positionSchema, query.cursor),
      }),
    respond: ({ items, next }) => ({
      status: 200,
      body: {
        items: items.map((item) => ({
          ...item,
          createdAt: item.createdAt.toISOString(),
          readAt: item.readAt?.toISOString() ?? null,
        })),
        nextCursor: next ? encodeCursor(next) : null,
      },
    }),
  });
}
