import { listNotifications as route, notificationSchema } from '@rideshare/contracts';
import { decodeCursor, encodeCursor, endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { listNotifications } from '../usecases/list-notifications.ts';
import type { InboxPage, InboxPosition, MessageStore } from '../usecases/ports.ts';

const positionSchema = notificationSchema.pick({ id: true, createdAt: true });

function positionOf(cursor: string | undefined): InboxPosition | undefined {
  if (cursor === undefined) return undefined;
  const { createdAt, id } = decodeCursor(positionSchema, cursor);
  return { createdAt: new Date(createdAt), id };
}

/** `GET /api/notifications` */
export function listNotificationsEndpoint(deps: { readonly messages: MessageStore }): Endpoint {
  return endpoint<typeof route, InboxPage>(route, {
    run: ({ principal, query }) =>
      listNotifications(deps, { userId: userId(principal), limit: query.limit, after: positionOf(query.cursor) }),
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
