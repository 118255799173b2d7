import { getTrip as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getTrip } from '../usecases/get-trip.ts';
import type { TripView } from '../usecases/trip-view.ts';
import { tripBody, viewerOf } from './trip-body.ts';

/** `GET /api/trips/{id}` */
export function getTripEndpoint(deps: Parameters<typeof getTrip>[0]): Endpoint {
  return endpoint<typeof route, TripView>(route, {
    run: ({ params, principal }) => getTrip(deps, viewerOf(principal), params.id),
    respond: (view) => ({ status: 200, body: tripBody(view) }),
  });
}
