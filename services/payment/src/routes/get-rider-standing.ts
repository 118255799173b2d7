import { getRiderStanding as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getRiderStanding } from '../usecases/get-rider-standing.ts';
import type { RiderStanding } from '../usecases/get-rider-standing.ts';

export function getRiderStandingEndpoint(deps: Parameters<typeof getRiderStanding>[0]): Endpoint {
  return endpoint<typeof route, RiderStanding>(route, {
    run: ({ params, query }) => getRiderStanding(deps, params.id, query.methodId ?? null),
    respond: ({ outstanding, paymentMethodId, methodFound }) => ({
      status: 200,
      body: { outstanding: [...outstanding], paymentMethodId, methodFound },
    }),
  });
}
