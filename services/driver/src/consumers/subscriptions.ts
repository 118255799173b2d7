import type { Subscription } from '@rideshare/messaging';
import { onAccountStanding } from './account-standing.ts';
import { onDriverPaid } from './driver-paid.ts';
import { onTripAccepted } from './trip-accepted.ts';
import { onTripEnded } from './trip-ended.ts';
import { onTripRated } from './trip-rated.ts';

/** Everything the consumer group of the service reacts to. */
export function driverSubscriptions(
  deps: Parameters<typeof onTripAccepted>[0] &
    Parameters<typeof onTripEnded>[0] &
    Parameters<typeof onTripRated>[0] &
    Parameters<typeof onDriverPaid>[0] &
    Parameters<typeof onAccountStanding>[0],
): Subscription[] {
  return [
    onTripAccepted(deps),
    ...onTripEnded(deps),
    onTripRated(deps),
    ...onDriverPaid(deps),
    ...onAccountStanding(deps),
  ];
}
