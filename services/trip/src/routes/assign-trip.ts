import { assignTrip as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { assignTrip } from '../usecases/assign-trip.ts';
import type { AssignOutcome } from '../usecases/assign-trip.ts';

/** `POST /internal/trips/{id}/assign` */
export function assignTripEndpoint(deps: Parameters<typeof assignTrip>[0]): Endpoint {
  return endpoint<typeof route, AssignOutcome['outcome']>(route, {
    run: async ({ params, body, operation }) => {
      const { driverId, offerId, epoch } = body;
      const assigning = { tripId: params.id, driverId, offerId, epoch };
      return (await assignTrip(deps, operation, assigning, () => 'held' as const)).outcome;
    },
    respond: (outcome) => ({ status: 200, body: { outcome } }),
  });
}
