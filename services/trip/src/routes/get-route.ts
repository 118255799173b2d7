import { getTripRoute as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getRoute } from '../usecases/get-route.ts';
import type { TripRoute } from '../usecases/get-route.ts';

/** `GET /api/trips/{id}/route` */
export function getRouteEndpoint(deps: Parameters<typeof getRoute>[0]): Endpoint {
  return endpoint<typeof route, TripRoute>(route, {
    run: ({ params, principal }) => getRoute(deps, userId(principal), params.id),
    respond: (planned) => ({ status: 200, body: planned }),
  });
}
