import { driverStatusChanged } from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import type { OfferSnapshot, Position, SlotChange } from '../domain/slot.ts';

/** The event of a change of a slot. */
export function statusChanged(change: SlotChange) {
  return { definition: driverStatusChanged, data: dataOf(change) };
}

function dataOf(change: SlotChange): EventData<typeof driverStatusChanged> {
  const { slot } = change;
  return {
    driverId: slot.driverId,
    state: slot.state,
    reason: change.reason,
    epoch: slot.epoch,
    tripId: change.tripId,
    offerId: change.offerId,
    expiresAt: slot.expiresAt?.toISOString() ?? null,
    offer: change.offer && offerData(change.offer),
    vehicleClass: slot.vehicleClass,
    position: change.position && positionData(change.position),
  };
}

function offerData(offer: OfferSnapshot): NonNullable<EventData<typeof driverStatusChanged>['offer']> {
  return { ...offer, expiresAt: offer.expiresAt.toISOString() };
}

function positionData(position: Position): { point: { lat: number; lng: number }; recordedAt: string } {
  return { point: position.point, recordedAt: position.recordedAt.toISOString() };
}
