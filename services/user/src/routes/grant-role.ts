import { grantRole as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { grantRole } from '../usecases/grant-role.ts';
import { userView } from './user-view.ts';

export function grantRoleEndpoint(deps: Parameters<typeof grantRole>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, body, operation }) => grantRole(deps, operation, { accountId: params.id, role: body.role }),
    respond: (account) => ({ status: 200, body: userView(account) }),
  });
}
