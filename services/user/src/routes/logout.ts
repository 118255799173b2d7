import { logout as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { logout } from '../usecases/logout.ts';

export function logoutEndpoint(deps: Parameters<typeof logout>[0]): Endpoint {
  return endpoint<typeof route, void>(route, {
    run: ({ principal, body }) => logout(deps, { accountId: userId(principal), refreshToken: body.refreshToken }),
    respond: () => ({ status: 204 }),
  });
}
