import { getUser as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { getUser } from '../usecases/get-user.ts';
import { callerOf } from './request-parties.ts';
import { userView } from './user-view.ts';

export function getUserEndpoint(deps: Parameters<typeof getUser>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, principal }) => getUser(deps, { accountId: params.id, caller: callerOf(principal) }),
    respond: (account) => ({ status: 200, body: userView(account) }),
  });
}
