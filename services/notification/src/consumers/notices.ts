import {
  paymentFailed,
  paymentRefunded,
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
} from '@rideshare/contracts';
import type { Envelope } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Delivery, Subscription } from '@rideshare/messaging';
import type { Notice } from '../domain/message.ts';
import type { ContactStore, MessageStore } from '../usecases/ports.ts';
import { tell } from '../usecases/tell.ts';

/** Tells people what happened to their trips and their money. */
export function notices(deps: { readonly contacts: ContactStore; readonly messages: MessageStore }): Subscription[] {
  const say = async (event: Envelope, delivery: Delivery, about: readonly Notice[]) => {
    await tell(deps, delivery, { eventId: event.id, correlationId: event.correlationId }, about);
    return 'applied' as const;
  };
  return [
    on(tripAccepted, (event, delivery) => {
      const { riderId, tripId } = event.data;
      return say(event, delivery, [{ userId: riderId, audience: 'rider', kind: 'trip_accepted', tripId, data: {} }]);
    }),
    on(tripArrived, (event, delivery) => {
      const { riderId, tripId } = event.data;
      return say(event, delivery, [{ userId: riderId, audience: 'rider', kind: 'driver_arrived', tripId, data: {} }]);
    }),
    on(tripCompleted, (event, delivery) => {
      const { driverId, riderId, total, tripId } = event.data;
      const notice = { kind: 'trip_completed', tripId, data: { amount: total } } as const;
      return say(event, delivery, [
        { ...notice, userId: riderId, audience: 'rider' },
        { ...notice, userId: driverId, audience: 'driver' },
      ]);
    }),
    on(tripCancelled, (event, delivery) => {
      const { cancelledBy, driverId, fee, riderId, tripId } = event.data;
      const notice = { kind: 'trip_cancelled', tripId, data: { amount: fee, cancelledBy } } as const;
      return say(event, delivery, [
        { ...notice, userId: riderId, audience: 'rider' },
        ...(driverId === null ? [] : [{ ...notice, userId: driverId, audience: 'driver' } as const]),
      ]);
    }),
    on(tripExpired, (event, delivery) => {
      const { riderId, tripId } = event.data;
      return say(event, delivery, [{ userId: riderId, audience: 'rider', kind: 'trip_expired', tripId, data: {} }]);
    }),
    on(paymentFailed, (event, delivery) => {
      const { outstanding, riderId, tripId } = event.data;
      const data = { amount: outstanding };
      return say(event, delivery, [{ userId: riderId, audience: 'rider', kind: 'payment_failed', tripId, data }]);
    }),
    on(paymentRefunded, (event, delivery) => {
      const { amount, riderId, tripId } = event.data;
      return say(event, delivery, [{ userId: riderId, audience: 'rider', kind: 'refund', tripId, data: { amount } }]);
    }),
  ];
}
