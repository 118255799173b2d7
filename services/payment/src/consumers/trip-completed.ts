import { tripCompleted } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import { captureFare } from '../usecases/follow-trip.ts';
import type { FollowTripDeps } from '../usecases/follow-trip.ts';

export function onTripCompleted(deps: FollowTripDeps) {
  return on(tripCompleted, ({ id, data }, delivery) =>
    captureFare(deps, delivery, {
      tripId: data.tripId,
      riderId: data.riderId,
      methodId: data.paymentMethodId,
      charge: {
        total: data.total,
        lines: data.lines,
        driverId: data.driverId,
        tariffVersion: data.tariffVersion,
        at: new Date(data.completedAt),
      },
      causeId: id,
    }),
  );
}
