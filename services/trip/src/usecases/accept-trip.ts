import type { Operation } from '@rideshare/kernel';
import { tripError } from '../domain/errors.ts';
import { isAssigned } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import { assignTrip } from './assign-trip.ts';
import type { ChangeDeps } from './change-trip.ts';
import type { DispatchRecords, OfferRef, Slots } from './ports.ts';

/** What accepting needs. */
export interface AcceptTripDeps extends ChangeDeps {
  readonly slots: Slots;
  readonly records: Pick<DispatchRecords, 'findOffer'>;
}

/**
 * The driver takes the trip: first the slot turns from offered to assigned, then the trip takes the driver.
 *
 * @remarks A process that dies between the two leaves an assigned slot, which the driver service's sweep rolls forward
 * with {@link assignTrip}. Whatever is not refused for good is given up by nobody.
 * @throws `OFFER_NOT_AVAILABLE`, `TRIP_VERSION_CONFLICT`; an error of kind `unavailable` while the outcome is unknown.
 */
export async function acceptTrip<Result>(
  deps: AcceptTripDeps,
  operation: Operation<Result>,
  accepted: OfferRef & { readonly version?: number | undefined },
  result: (state: TripState) => Result,
): Promise<TripState> {
  const { driverId, tripId, offerId, version } = accepted;
  if (version !== undefined) {
    // before the slot is touched: once it is confirmed, only the trip may refuse it, and for good
    const before = await deps.trips.read(tripId);
    if (before && isHeld(before, accepted)) return before;
    if (before && before.version !== version) throw tripError('TRIP_VERSION_CONFLICT');
  }
  const slot = await deps.slots.confirm({ driverId, tripId, offerId });
  if (!slot) throw tripError('OFFER_NOT_AVAILABLE');
  const assigned = await assignTrip(deps, operation, { driverId, tripId, offerId, epoch: slot.epoch }, result);
  if (assigned.outcome === 'held') return assigned.state;
  await deps.slots.release({ driverId, tripId, epoch: slot.epoch }).catch((error: unknown) => {
    // the refusal stands; the sweep of the slots will hear it too and release this one
    if (!deps.slots.isAmbiguous(error)) throw error;
  });
  throw tripError('OFFER_NOT_AVAILABLE');
}

function isHeld(trip: TripState, { driverId, offerId }: OfferRef): boolean {
  return isAssigned(trip) && trip.assignment.driverId === driverId && trip.assignment.offerId === offerId;
}
