import { replaceUser as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { replaceUser } from '../usecases/replace-user.ts';
import { callerOf } from './request-parties.ts';
import { userView } from './user-view.ts';

export function replaceUserEndpoint(deps: Parameters<typeof replaceUser>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, body, principal, operation }) =>
      replaceUser(deps, operation, {
        accountId: params.id,
        caller: callerOf(principal),
        profile: { firstName: body.firstName, lastName: body.lastName, phone: body.phone ?? null },
      }),
    respond: (account) => ({ status: 200, body: userView(account) }),
  });
}
