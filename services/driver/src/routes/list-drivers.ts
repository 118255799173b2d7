import { emptySchema, idSchema, listDrivers as route, timestampSchema } from '@rideshare/contracts';
import { decodeCursor, encodeCursor, endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { listDrivers } from '../usecases/list-drivers.ts';
import type { DriverPage } from '../usecases/list-drivers.ts';
import { driverBody } from './views.ts';

const pageStart = emptySchema.extend({ registeredAt: timestampSchema, driverId: idSchema });

export function listDriversEndpoint(deps: Parameters<typeof listDrivers>[0]): Endpoint {
  return endpoint<typeof route, DriverPage>(route, {
    run: ({ query }) =>
      listDrivers(deps, {
        verification: query.verification,
        after: query.cursor === undefined ? undefined : decodeCursor(pageStart, query.cursor),
        limit: query.limit,
      }),
    respond: ({ items, next }) => ({
      status: 200,
      body: { items: items.map(driverBody), nextCursor: next && encodeCursor(next) },
    }),
  });
}
