import { driverRegistered } from '@rideshare/contracts';
import { isAppError } from '@rideshare/kernel';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import type { UserErrorCode } from '../domain/errors.ts';
import { grantRole } from '../usecases/grant-role.ts';

/** An account that is closed, or not there, has no use for a role; waiting for it would hold up what comes after. */
const WITHOUT_USE: ReadonlySet<string> = new Set<UserErrorCode>(['USER_DEACTIVATED', 'USER_NOT_FOUND']);

/** Gives the role `driver` to whoever became one; the driver service asks for it directly too, so it is mostly there. */
export function driverRegisteredSubscription(deps: Parameters<typeof grantRole>[0]): Subscription {
  return on(driverRegistered, async ({ data }, delivery) => {
    try {
      await grantRole(deps, delivery, { accountId: data.driverId, role: 'driver' });
      return 'applied';
    } catch (error) {
      if (isAppError(error) && WITHOUT_USE.has(error.code)) return 'skipped';
      throw error;
    }
  });
}
