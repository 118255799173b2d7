import { driverRegistered } from '@rideshare/contracts';
import { isAppError } from '@rideshare/kernel';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import { grantRole } from '../usecases/grant-role.ts';

/** Gives the role `driver` to whoever became one; the driver service asks for it directly too, so it is mostly there. */
export function driverRegisteredSubscription(deps: Parameters<typeof grantRole>[0]): Subscription {
  return on(driverRegistered, async ({ data }, delivery) => {
    try {
      await grantRole(deps, delivery, { accountId: data.driverId, role: 'driver' });
      return 'applied';
    } catch (error) {
      // closed in the meantime: an account without sessions has no use for a role
      if (isAppError(error) && error.code === 'USER_DEACTIVATED') return 'skipped';
      throw error;
    }
  });
}
