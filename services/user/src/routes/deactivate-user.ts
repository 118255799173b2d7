import { deactivateUser as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { deactivateUser } from '../usecases/deactivate-user.ts';
import { callerOf } from './request-parties.ts';

export function deactivateUserEndpoint(deps: Parameters<typeof deactivateUser>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, principal, operation }) =>
      deactivateUser(deps, operation, { accountId: params.id, caller: callerOf(principal) }),
    respond: () => ({ status: 204 }),
  });
}
