import type { Operation } from '@rideshare/kernel';
import { timestampOf } from '../domain/timestamp.ts';
import { changeTrip } from './change-trip.ts';
import type { ChangeDeps } from './change-trip.ts';
import type { DispatchRecords, OfferRef } from './ports.ts';
import type { TripState } from '../domain/trip.ts';

/** A slot that stands assigned, and the trip it is meant for. */
export interface Assigning extends OfferRef {
  readonly epoch: number;
}

/** Whether the trip has this driver by this offer. A refusal is final: it will never have them. */
export type AssignOutcome = { readonly outcome: 'held'; readonly state: TripState } | { readonly outcome: 'refused' };

/**
 * Rolls an assignment forward: the slot is confirmed, so the trip takes the driver unless it can never do so.
 *
 * @remarks Called by the driver's own acceptance and, when that died half-way, by the sweep of the slots.
 * @throws While the outcome is unknown; then the slot must be kept.
 */
export async function assignTrip<Result>(
  deps: ChangeDeps & { readonly records: Pick<DispatchRecords, 'findOffer'> },
  operation: Operation<Result>,
  { driverId, tripId, offerId, epoch }: Assigning,
  result: (state: TripState) => Result,
): Promise<AssignOutcome> {
  // an offer of which no record is left, which retention alone can do, gives the driver no allowance for the way
  const pickupEtaS = (await deps.records.findOffer(offerId))?.pickupEtaS ?? 0;
  const at = timestampOf(operation.at);
  const outcome = await changeTrip(deps, operation, {
    tripId,
    command: () => ({ type: 'accept', at, driverId, offerId, slotEpoch: epoch, pickupEtaS }),
    result,
  });
  return outcome.outcome === 'refused' ? { outcome: 'refused' } : { outcome: 'held', state: outcome.state };
}
