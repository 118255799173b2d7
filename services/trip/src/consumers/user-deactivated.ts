import { userDeactivated } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import { cancelTripOfRider } from '../usecases/end-trip.ts';

/** Who has closed the account no longer waits for a ride. */
export function userDeactivatedSubscription(deps: Parameters<typeof cancelTripOfRider>[0]): Subscription {
  return on(userDeactivated, async ({ data }, delivery) =>
    (await cancelTripOfRider(deps, delivery, data.userId)) ? 'applied' : 'skipped',
  );
}
