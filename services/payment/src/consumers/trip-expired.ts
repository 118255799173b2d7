import { tripExpired } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import { voidHold } from '../usecases/follow-trip.ts';
import type { FollowTripDeps } from '../usecases/follow-trip.ts';

export function onTripExpired(deps: FollowTripDeps) {
  return on(tripExpired, ({ id, data }, delivery) =>
    voidHold(deps, delivery, {
      tripId: data.tripId,
      riderId: data.riderId,
      methodId: data.paymentMethodId,
      causeId: id,
    }),
  );
}
