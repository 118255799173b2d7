import { setDriverStatus as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { DriverView } from '../usecases/ports.ts';
import { setDriverStatus } from '../usecases/set-driver-status.ts';
import { driverBody, viewerOf } from './views.ts';

export function setDriverStatusEndpoint(deps: Parameters<typeof setDriverStatus>[0]): Endpoint {
  return endpoint<typeof route, DriverView>(route, {
    run: ({ operation, principal, params, body }) =>
      setDriverStatus(deps, operation, viewerOf(principal), { driverId: params.id, status: body.status }),
    respond: (view) => ({ status: 200, body: driverBody(view) }),
  });
}
