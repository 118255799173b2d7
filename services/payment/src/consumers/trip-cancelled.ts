import { tripCancelled } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import { chargeCancellation } from '../usecases/follow-trip.ts';
import type { FollowTripDeps } from '../usecases/follow-trip.ts';

export function onTripCancelled(deps: FollowTripDeps) {
  return on(tripCancelled, ({ id, data }, delivery) =>
    chargeCancellation(deps, delivery, {
      tripId: data.tripId,
      riderId: data.riderId,
      methodId: data.paymentMethodId,
      fee: data.fee,
      driverId: data.driverId,
      basis: { policyVersion: data.policyVersion },
      causeId: id,
    }),
  );
}
