import { logout as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { logout } from '../usecases/logout.ts';

export function logoutEndpoint(deps: Parameters<typeof logout>[0]): Endpoint {
  return endpoint<typeof route, undefined>(route, {
    run: async ({ principal, body }) => {
      await logout(deps, { accountId: userId(principal), refreshToken: body.refreshToken });
      return undefined;
    },
    respond: () => ({ status: 204 }),
  });
}
