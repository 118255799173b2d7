import { findNearbyDrivers as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { findNearbyDrivers } from '../usecases/find-nearby-drivers.ts';
import type { ShownDriver } from '../usecases/find-nearby-drivers.ts';
import { viewerOf } from './views.ts';

export function findNearbyDriversEndpoint(deps: Parameters<typeof findNearbyDrivers>[0]): Endpoint {
  return endpoint<typeof route, ShownDriver[]>(route, {
    run: ({ operation, principal, query }) =>
      Promise.resolve(
        findNearbyDrivers(deps, viewerOf(principal), {
          point: { lat: query.lat, lng: query.lng },
          radiusM: query.radiusM,
          limit: query.limit,
          vehicleClass: query.vehicleClass,
          at: operation.at,
        }),
      ),
    respond: (drivers) => ({ status: 200, body: { drivers } }),
  });
}
