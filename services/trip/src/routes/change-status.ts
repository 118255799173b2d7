import { changeTripStatus as route } from '@rideshare/contracts';
import { endpoint, validationError } from '@rideshare/http';
import type { Call, Endpoint } from '@rideshare/http';
import { changeStatus } from '../usecases/change-status.ts';
import type { ChangeStatusDeps, StatusChange } from '../usecases/change-status.ts';
import type { TripView } from '../usecases/trip-view.ts';
import { tripBody, viewerOf } from './trip-body.ts';

/** `PUT /api/trips/{id}/status` */
export function changeStatusEndpoint(deps: ChangeStatusDeps): Endpoint {
  return endpoint<typeof route, TripView>(route, {
    run: (call) => changeStatus(deps, call.operation, viewerOf(call.principal), changeOf(call)),
    respond: (view) => ({ status: 200, body: tripBody(view) }),
  });
}

/** Two of the statuses need a member that the others have no use for. */
function changeOf({ params, body }: Call<typeof route, TripView>): StatusChange {
  const { status, offerId, startCode, version, reason } = body;
  const change = { tripId: params.id, version };
  switch (status) {
    case 'accepted':
      if (offerId === undefined) throw validationError([{ pointer: '/offerId', detail: 'needed to accept' }]);
      return { ...change, status, offerId };
    case 'in_progress':
      if (startCode === undefined) throw validationError([{ pointer: '/startCode', detail: 'needed to start' }]);
      return { ...change, status, startCode };
    case 'cancelled':
      return { ...change, status, reason };
    case 'arrived':
    case 'completed':
      return { ...change, status };
  }
}
