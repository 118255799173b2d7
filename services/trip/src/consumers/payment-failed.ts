import { paymentFailed } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import { cancelBySystem } from '../usecases/end-trip.ts';

/** Before the ride begins, a hold that was refused ends the trip; later the fare becomes a debt and the ride goes on. */
export function paymentFailedSubscription(deps: Parameters<typeof cancelBySystem>[0]): Subscription {
  return on(paymentFailed, async ({ data }, delivery) => {
    if (data.op !== 'hold') return 'skipped';
    return (await cancelBySystem(deps, delivery, data.tripId, 'payment_failed')) ? 'applied' : 'skipped';
  });
}
