import { getTripTimeline as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getTimeline } from '../usecases/get-timeline.ts';

/** `GET /api/trips/{id}/timeline` */
export function getTimelineEndpoint(deps: Parameters<typeof getTimeline>[0]): Endpoint {
  return endpoint<typeof route, Awaited<ReturnType<typeof getTimeline>>>(route, {
    run: ({ params }) => getTimeline(deps, params.id),
    respond: ({ tripId, entries }) => ({ status: 200, body: { tripId, entries: [...entries] } }),
  });
}
