import { registerDriver as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { DriverView } from '../usecases/ports.ts';
import { registerDriver } from '../usecases/register-driver.ts';
import { driverBody } from './views.ts';

export function registerDriverEndpoint(deps: Parameters<typeof registerDriver>[0]): Endpoint {
  return endpoint<typeof route, DriverView>(route, {
    run: ({ operation, principal, body }) => registerDriver(deps, operation, { userId: userId(principal), ...body }),
    respond: (view) => ({
      status: 201,
      headers: { Location: `/api/drivers/${view.driver.id}` },
      body: driverBody(view),
    }),
  });
}
