import { suspendUser as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { suspendUser } from '../usecases/suspend-user.ts';
import { userView } from './user-view.ts';

export function suspendUserEndpoint(deps: Parameters<typeof suspendUser>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, body, principal, operation }) =>
      suspendUser(deps, operation, {
        accountId: params.id,
        administratorId: userId(principal),
        suspended: body.suspended,
        reason: body.reason,
      }),
    respond: (account) => ({ status: 200, body: userView(account) }),
  });
}
