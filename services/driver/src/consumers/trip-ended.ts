import { tripCancelled, tripCompleted, tripExpired } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import { closeTrip } from '../usecases/close-trip.ts';

/** The three ends of a trip; each frees whatever slot it still has. */
export function onTripEnded(deps: Parameters<typeof closeTrip>[0]): Subscription[] {
  return [
    on(tripCompleted, async ({ data }, delivery) => {
      const { tripId, riderId, driverId } = data;
      await closeTrip(deps, delivery, { tripId, riderId, driverId, outcome: 'completed' });
      return 'applied';
    }),
    on(tripCancelled, async ({ data }, delivery) => {
      const { tripId, riderId, driverId } = data;
      const outcome = data.cancelledBy === 'driver' ? 'cancelled_by_driver' : 'cancelled';
      await closeTrip(deps, delivery, { tripId, riderId, driverId, outcome });
      return 'applied';
    }),
    on(tripExpired, async ({ data }, delivery) => {
      const { tripId, riderId } = data;
      await closeTrip(deps, delivery, { tripId, riderId, driverId: null, outcome: 'expired' });
      return 'applied';
    }),
  ];
}
