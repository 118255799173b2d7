import { rateTrip as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { rateTrip } from '../usecases/rate-trip.ts';
import type { GivenRating } from '../usecases/rate-trip.ts';

/** `POST /api/trips/{id}/rating` */
export function rateTripEndpoint(deps: Parameters<typeof rateTrip>[0]): Endpoint {
  return endpoint<typeof route, GivenRating>(route, {
    run: ({ params, body, principal, operation }) => {
      const rating = { stars: body.stars, tags: body.tags ?? [], comment: body.comment ?? null };
      return rateTrip(deps, operation, userId(principal), { tripId: params.id, rating });
    },
    respond: ({ tags, ...given }) => ({ status: 201, body: { ...given, tags: [...tags] } }),
  });
}
