import { getDriver as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getDriver } from '../usecases/get-driver.ts';
import type { SeenDriver } from '../usecases/get-driver.ts';
import { driverBody, publicBody, viewerOf } from './views.ts';

export function getDriverEndpoint(deps: Parameters<typeof getDriver>[0]): Endpoint {
  return endpoint<typeof route, SeenDriver>(route, {
    run: ({ principal, params }) => getDriver(deps, viewerOf(principal), params.id),
    respond: ({ view, full }) => ({ status: 200, body: full ? driverBody(view) : publicBody(view) }),
  });
}
