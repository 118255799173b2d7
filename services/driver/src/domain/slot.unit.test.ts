import { describe, expect, it } from '@jest/globals';
import { changeOf, decideStatus, offerStateAfter, refusalOf } from './slot.ts';
import type { Slot, SlotState } from './slot.ts';

function slot(more: Partial<Slot> = {}): Slot {
  return {
    driverId: 'driver-1',
    state: 'available',
    tripId: null,
    offerId: null,
    epoch: 4,
    expiresAt: null,
    eligible: true,
    eligibleUntil: new Date('2027-01-01T00:00:00.000Z'),
    suspended: false,
    pendingOffline: false,
    settled: false,
    changedAt: new Date('2026-06-01T12:00:00.000Z'),
    vehicleClass: 'economy',
    ...more,
  };
}

describe('decideStatus', () => {
  const change = (to: string, reason: string) => ({ outcome: 'change', to, reason });
  const unchanged = { outcome: 'unchanged' };
  const onTrip = { outcome: 'refused', error: { code: 'DRIVER_ON_TRIP' } };

  it.each<[SlotState, object, object]>([
    ['offline', change('available', 'went_available'), unchanged],
    ['available', unchanged, change('offline', 'went_offline')],
    ['offered', unchanged, change('offline', 'offer_withdrawn')],
    ['assigned', onTrip, onTrip],
  ])('from %s, decides about available and offline', (state, available, offline) => {
    expect(decideStatus(slot({ state }), 'available')).toMatchObject(available);
    expect(decideStatus(slot({ state }), 'offline')).toMatchObject(offline);
  });

  it('to available, of somebody suspended, refuses before it looks at documents', () => {
    const decision = decideStatus(slot({ state: 'offline', suspended: true, eligible: false }), 'available');
    expect(decision).toMatchObject({ outcome: 'refused', error: { code: 'DRIVER_SUSPENDED' } });
  });

  it('to available, of somebody without valid documents, refuses', () => {
    const decision = decideStatus(slot({ state: 'offline', eligible: false }), 'available');
    expect(decision).toMatchObject({ outcome: 'refused', error: { code: 'DRIVER_NOT_VERIFIED' } });
  });
});

describe('refusalOf', () => {
  const facts = { tripHasSlot: false, declinedBefore: false };

  it.each([
    ['suspended', slot({ suspended: true, state: 'offline' }), facts],
    ['not_available', slot({ state: 'offered' }), facts],
    ['not_eligible', slot({ eligible: false }), facts],
    ['declined_before', slot(), { tripHasSlot: true, declinedBefore: true }],
    ['trip_has_slot', slot(), { tripHasSlot: true, declinedBefore: false }],
    [undefined, slot(), facts],
  ])('says %p', (reason, of, known) => {
    expect(refusalOf(of, known)).toBe(reason);
  });
});

describe('offerStateAfter', () => {
  it('tells the four ends of an offer apart', () => {
    expect(offerStateAfter('offered')).toBe('open');
    expect(offerStateAfter('accepted')).toBe('accepted');
    expect(offerStateAfter('offer_declined')).toBe('declined');
    expect(offerStateAfter('offer_expired')).toBe('expired');
    for (const reason of ['offer_withdrawn', 'trip_ended', 'suspended', 'document_expired'] as const) {
      expect(offerStateAfter(reason)).toBe('withdrawn');
    }
  });
});

describe('changeOf', () => {
  const about = { reason: 'released' as const, position: null };

  it('is about the trip of the slot now, or about the one that just ended', () => {
    const assigned = slot({ state: 'assigned', tripId: 'trip-1', offerId: 'offer-1', epoch: 5 });
    expect(changeOf(slot(), assigned, about)).toMatchObject({ from: 'available', tripId: 'trip-1', offer: null });
    const freed = slot({ epoch: 6 });
    expect(changeOf(assigned, freed, about)).toEqual({
      from: 'assigned',
      slot: freed,
      tripId: 'trip-1',
      offerId: 'offer-1',
      offer: null,
      ...about,
    });
  });
});
