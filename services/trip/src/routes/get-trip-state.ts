import { getTripState as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getTripState } from '../usecases/get-trip-state.ts';
import type { StandingTrip } from '../usecases/get-trip-state.ts';

/** `GET /internal/trips/{id}` */
export function getTripStateEndpoint(deps: Parameters<typeof getTripState>[0]): Endpoint {
  return endpoint<typeof route, StandingTrip>(route, {
    run: ({ params }) => getTripState(deps, params.id),
    respond: ({ trip, due, lines }) => {
      const assignment = 'assignment' in trip ? trip.assignment : null;
      const { tripId, riderId, paymentMethodId, fare, tariffVersion } = trip.facts;
      return {
        status: 200,
        body: {
          id: tripId,
          status: trip.status,
          version: trip.version,
          riderId,
          driverId: assignment?.driverId ?? null,
          offerId: assignment?.offerId ?? null,
          paymentMethodId,
          fare,
          tariffVersion,
          due,
          lines: [...lines],
        },
      };
    },
  });
}
