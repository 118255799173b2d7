import { requestTrip as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { requestTrip } from '../usecases/request-trip.ts';
import type { RequestTripDeps } from '../usecases/request-trip.ts';
import type { TripView } from '../usecases/trip-view.ts';
import { tripBody } from './trip-body.ts';

/** `POST /api/trips` */
export function requestTripEndpoint(deps: RequestTripDeps): Endpoint {
  return endpoint<typeof route, TripView>(route, {
    run: ({ body, principal, operation }) =>
      requestTrip(deps, operation, {
        riderId: userId(principal),
        vehicleClass: body.vehicleClass,
        paymentMethodId: body.paymentMethodId,
        ride:
          'quoteId' in body
            ? { quoteId: body.quoteId }
            : {
                pickup: { lat: body.pickupLat, lng: body.pickupLng },
                destination: { lat: body.destinationLat, lng: body.destinationLng },
              },
      }),
    respond: (view) => ({
      status: 201,
      headers: { Location: `/api/trips/${view.trip.facts.tripId}` },
      body: tripBody(view),
    }),
  });
}
