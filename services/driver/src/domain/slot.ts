import { driverNotVerified, driverOnTrip, driverSuspended } from './errors.ts';
import type { AppError } from '@rideshare/kernel';
import type { VehicleClass } from './driver.ts';

// The slot is what a driver has to give: one trip at a time.
//
//   offline ↔ available → offered → assigned → available | offline
//                         offered → available | offline
//
// Each change of the state adds one to the epoch, and the epoch fences everything that was decided on an earlier one.
// Flags change without it: `suspended`, `pendingOffline` (goes offline when the trip ends) and `settled` (the trip is
// known to hold the assignment).

export type SlotState = 'offline' | 'available' | 'offered' | 'assigned';

export type SlotChangeReason =
  | 'went_available'
  | 'went_offline'
  | 'offered'
  | 'offer_declined'
  | 'offer_expired'
  | 'offer_withdrawn'
  | 'accepted'
  | 'released'
  | 'trip_ended'
  | 'suspended'
  | 'deactivated'
  | 'document_rejected'
  | 'document_expired';

export type OfferState = 'open' | 'accepted' | 'declined' | 'expired' | 'withdrawn';

export interface Position {
  readonly point: { readonly lat: number; readonly lng: number };
  readonly recordedAt: Date;
}

export interface Slot {
  readonly driverId: string;
  readonly state: SlotState;
  readonly tripId: string | null;
  readonly offerId: string | null;
  readonly epoch: number;
  readonly expiresAt: Date | null;
  /** Whether every mandatory document was approved and unexpired when the slot was read. */
  readonly eligible: boolean;
  readonly eligibleUntil: Date | null;
  readonly suspended: boolean;
  readonly pendingOffline: boolean;
  readonly settled: boolean;
  readonly changedAt: Date;
  readonly vehicleClass: VehicleClass;
}

/** What a driver is shown of an offer; fixed when it is made. */
export interface OfferSnapshot {
  readonly offerId: string;
  readonly tripId: string;
  readonly pickup: { readonly lat: number; readonly lng: number };
  readonly destination: { readonly lat: number; readonly lng: number };
  readonly fare: { readonly amount: number; readonly currency: string };
  readonly earnings: { readonly amount: number; readonly currency: string };
  readonly pickupEtaS: number;
  readonly expiresAt: Date;
}

/** One change of a slot's state, as it was written. */
export interface SlotChange {
  readonly from: SlotState;
  readonly slot: Slot;
  readonly reason: SlotChangeReason;
  /** The trip and the offer that the change is about: of the slot now, or those that just ended. */
  readonly tripId: string | null;
  readonly offerId: string | null;
  readonly offer: OfferSnapshot | null;
  readonly position: Position | null;
}

export type ReservationRefusal =
  | 'not_available'
  | 'suspended'
  | 'not_eligible'
  | 'trip_has_slot'
  | 'declined_before'
  | 'unknown_driver'
  | 'own_trip'
  | 'contended';

export type StatusDecision =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly error: AppError }
  | { readonly outcome: 'change'; readonly to: 'available' | 'offline'; readonly reason: SlotChangeReason };

/** What becomes of a driver's wish to be available or offline. */
export function decideStatus(slot: Slot, wanted: 'available' | 'offline'): StatusDecision {
  if (slot.state === 'assigned') return { outcome: 'refused', error: driverOnTrip() };
  return wanted === 'available' ? decideAvailable(slot) : decideOffline(slot);
}

function decideAvailable(slot: Slot): StatusDecision {
  // an open offer is the best proof of being available
  if (slot.state !== 'offline') return { outcome: 'unchanged' };
  if (slot.suspended) return { outcome: 'refused', error: driverSuspended() };
  if (!slot.eligible) return { outcome: 'refused', error: driverNotVerified() };
  return { outcome: 'change', to: 'available', reason: 'went_available' };
}

function decideOffline(slot: Slot): StatusDecision {
  if (slot.state === 'offline') return { outcome: 'unchanged' };
  return {
    outcome: 'change',
    to: 'offline',
    reason: slot.state === 'offered' ? 'offer_withdrawn' : 'went_offline',
  };
}

/** What an offer has come to when its slot changed for `reason`. */
export function offerStateAfter(reason: SlotChangeReason): OfferState {
  switch (reason) {
    case 'offered':
      return 'open';
    case 'accepted':
      return 'accepted';
    case 'offer_declined':
      return 'declined';
    case 'offer_expired':
      return 'expired';
    default:
      return 'withdrawn';
  }
}

/** Why a slot cannot be had for a trip; `undefined` when nothing speaks against it. */
export function refusalOf(
  slot: Slot,
  facts: { readonly tripHasSlot: boolean; readonly declinedBefore: boolean },
): ReservationRefusal | undefined {
  if (slot.suspended) return 'suspended';
  if (slot.state !== 'available') return 'not_available';
  if (!slot.eligible) return 'not_eligible';
  if (facts.declinedBefore) return 'declined_before';
  return facts.tripHasSlot ? 'trip_has_slot' : undefined;
}

/** The change from `before` to `after`, with the trip that it is about. */
export function changeOf(
  before: Slot,
  after: Slot,
  about: {
    readonly reason: SlotChangeReason;
    readonly position: Position | null;
    readonly offer?: OfferSnapshot | undefined;
  },
): SlotChange {
  return {
    from: before.state,
    slot: after,
    reason: about.reason,
    tripId: after.tripId ?? before.tripId,
    offerId: after.offerId ?? before.offerId,
    offer: about.offer ?? null,
    position: about.position,
  };
}
