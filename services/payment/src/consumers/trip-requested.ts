import { tripRequested } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import { holdFare } from '../usecases/follow-trip.ts';
import type { FollowTripDeps } from '../usecases/follow-trip.ts';

export function onTripRequested(deps: FollowTripDeps) {
  return on(tripRequested, ({ id, data }, delivery) =>
    holdFare(deps, delivery, {
      tripId: data.tripId,
      riderId: data.riderId,
      methodId: data.paymentMethodId,
      fare: data.fare,
      causeId: id,
    }),
  );
}
