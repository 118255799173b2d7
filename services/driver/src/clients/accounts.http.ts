import { grantRole } from '@rideshare/contracts';
import type { ServiceClient } from '@rideshare/http';
import type { Accounts } from '../usecases/ports.ts';

/** {@link Accounts} over the user service. */
export function createAccountsClient(client: ServiceClient): Accounts {
  return {
    async grantDriverRole(userId, idempotencyKey) {
      await client.call(grantRole, { params: { id: userId }, body: { role: 'driver' }, idempotencyKey });
    },
  };
}
