import { listTripHistory as route, tripSchema } from '@rideshare/contracts';
import { decodeCursor, encodeCursor, endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { listHistory } from '../usecases/list-history.ts';
import { tripBody } from './trip-body.ts';

const positionSchema = tripSchema.pick({ id: true, requestedAt: true });

/** `GET /api/trips/history` */
export function listHistoryEndpoint(deps: Parameters<typeof listHistory>[0]): Endpoint {
  return endpoint<typeof route, Awaited<ReturnType<typeof listHistory>>>(route, {
    run: ({ query, principal }) => {
      const { limit, cursor } = query;
      const position = cursor === undefined ? null : decodeCursor(positionSchema, cursor);
      const after = position && { requestedAt: position.requestedAt, tripId: position.id };
      return listHistory(deps, { userId: userId(principal), limit, after });
    },
    respond: ({ items, next }) => ({
      status: 200,
      body: {
        items: items.map(tripBody),
        nextCursor: next && encodeCursor({ requestedAt: next.requestedAt, id: next.tripId }),
      },
    }),
  });
}
