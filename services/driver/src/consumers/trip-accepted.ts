import { tripAccepted } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import { settleAssignment } from '../usecases/settle-assignment.ts';

export function onTripAccepted(deps: Parameters<typeof settleAssignment>[0]): Subscription {
  return on(tripAccepted, async ({ data }, delivery) => {
    await settleAssignment(deps, delivery, data);
    return 'applied';
  });
}
