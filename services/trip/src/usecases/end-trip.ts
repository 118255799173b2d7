import type { Operation } from '@rideshare/kernel';
import { timestampOf } from '../domain/timestamp.ts';
import { changeTrip } from './change-trip.ts';
import type { ChangeDeps } from './change-trip.ts';
import type { TripViews } from './ports.ts';

/**
 * The platform cancels a trip by itself; a ride under way goes on, and a trip that has ended stays as it is.
 *
 * @returns Whether it was this call that cancelled.
 */
export async function cancelBySystem(
  deps: ChangeDeps,
  operation: Operation,
  tripId: string,
  reason: string,
): Promise<boolean> {
  const at = timestampOf(operation.at);
  const outcome = await changeTrip(deps, operation, {
    tripId,
    command: () => ({ type: 'cancel', at, by: 'system', reason }),
    result: (state) => state,
  });
  return outcome.outcome === 'changed';
}

/** Cancels what a rider whose account was closed still waits for. */
export async function cancelTripOfRider(
  deps: ChangeDeps & { readonly views: Pick<TripViews, 'openTripOf'> },
  operation: Operation,
  riderId: string,
): Promise<boolean> {
  const tripId = await deps.views.openTripOf(riderId);
  return tripId !== undefined && (await cancelBySystem(deps, operation, tripId, 'account_closed'));
}
