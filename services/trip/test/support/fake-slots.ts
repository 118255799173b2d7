import { AppError } from '@rideshare/kernel';
import type { OfferRef, SlotOffer, Slots, SlotVerdict } from '../../src/usecases/ports.ts';

/** How a slot of the driver service stands. */
export interface FakeSlot {
  state: 'offline' | 'available' | 'offered' | 'assigned';
  epoch: number;
  tripId: string | null;
  offerId: string | null;
  expiresAt: string | null;
  readonly declined: Set<string>;
}

/** What a slot change would be published as. */
export interface FakeSlotChange {
  readonly driverId: string;
  readonly reason: string;
  readonly slot: Readonly<FakeSlot>;
  readonly about: { readonly tripId: string | null; readonly offerId: string | null };
}

/** The driver service's slots, with its rules, in memory. */
export interface FakeSlots extends Slots {
  readonly offers: readonly SlotOffer[];
  readonly released: readonly string[];
  slot(driverId: string): FakeSlot;
  goAvailable(driverId: string): void;
  /** Every driver goes home. */
  allOffline(): void;
  /** The open offer of a driver. */
  openOffer(driverId: string): OfferRef | undefined;
  expire(driverId: string): void;
  /** The next call of `method` fails: before its effect, or with its answer lost behind it. */
  fail(method: 'reserve' | 'confirm' | 'release' | 'decline', how: 'before' | 'after' | 'definitively'): void;
}

export function createFakeSlots(
  options: { readonly now?: () => Date; readonly onChange?: (change: FakeSlotChange) => void } = {},
): FakeSlots {
  const now = options.now ?? (() => new Date());
  const slots = new Map<string, FakeSlot>();
  const offers: SlotOffer[] = [];
  const released: string[] = [];
  const failures = new Map<string, 'before' | 'after' | 'definitively'>();
  const slotOf = (driverId: string): FakeSlot => {
    const known = slots.get(driverId) ?? {
      state: 'offline',
      epoch: 0,
      tripId: null,
      offerId: null,
      expiresAt: null,
      declined: new Set<string>(),
    };
    slots.set(driverId, known);
    return known;
  };
  const change = (driverId: string, reason: string, to: Partial<FakeSlot>): void => {
    const slot = slotOf(driverId);
    const before = { tripId: slot.tripId, offerId: slot.offerId };
    Object.assign(slot, to, { epoch: slot.epoch + 1 });
    const about = { tripId: slot.tripId ?? before.tripId, offerId: slot.offerId ?? before.offerId };
    options.onChange?.({ driverId, reason, slot: { ...slot }, about });
  };
  const free = { state: 'available', tripId: null, offerId: null, expiresAt: null } as const;
  const ambiguous = (): AppError => new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer');
  const failing = async <Result>(method: string, work: () => Result): Promise<Result> => {
    const how = failures.get(method);
    failures.delete(method);
    if (how === 'definitively') throw new AppError('BROKEN', 'invalid', 'refused');
    if (how === 'before') throw ambiguous();
    const result = work();
    if (how === 'after') throw ambiguous();
    return Promise.resolve(result);
  };

  const reserveOne = (offer: SlotOffer): SlotVerdict => {
    const { driverId, tripId, offerId, ttlMs } = offer;
    const slot = slotOf(driverId);
    const reserved = (): SlotVerdict => ({
      offerId,
      outcome: 'reserved',
      epoch: slot.epoch,
      expiresAt: slot.expiresAt ?? '',
    });
    if (slot.offerId === offerId && slot.state === 'offered') return reserved();
    const refuse = (reason: string): SlotVerdict => ({ offerId, outcome: 'refused', reason });
    if (slot.declined.has(tripId)) return refuse('declined_before');
    if (slot.state !== 'available') return refuse('not_available');
    if ([...slots.values()].some((other) => other.tripId === tripId)) return refuse('trip_has_slot');
    const expiresAt = new Date(now().getTime() + ttlMs).toISOString();
    change(driverId, 'offered', { state: 'offered', tripId, offerId, expiresAt });
    return reserved();
  };

  return {
    offers,
    released,
    slot: slotOf,
    goAvailable: (driverId) => change(driverId, 'went_available', free),
    openOffer(driverId) {
      const { state, tripId, offerId } = slotOf(driverId);
      return state === 'offered' && tripId && offerId ? { driverId, tripId, offerId } : undefined;
    },
    allOffline() {
      for (const driverId of slots.keys()) change(driverId, 'went_offline', { ...free, state: 'offline' });
    },
    expire: (driverId) => change(driverId, 'offer_expired', free),
    fail: (method, how) => failures.set(method, how),
    isAmbiguous: (error) => error instanceof AppError && error.code === 'UPSTREAM_AMBIGUOUS',
    reserve: (batch) =>
      failing('reserve', () => {
        offers.push(...batch);
        return batch.map(reserveOne);
      }),
    confirm: ({ driverId, tripId, offerId }) =>
      failing('confirm', () => {
        const slot = slotOf(driverId);
        if (slot.tripId !== tripId || slot.offerId !== offerId) return null;
        if (slot.state === 'assigned') return { epoch: slot.epoch };
        if (slot.state !== 'offered' || (slot.expiresAt ?? '') <= now().toISOString()) return null;
        change(driverId, 'accepted', { state: 'assigned', expiresAt: null });
        return { epoch: slot.epoch };
      }),
    decline: ({ driverId, tripId, offerId }) =>
      failing('decline', () => {
        const slot = slotOf(driverId);
        if (slot.state !== 'offered' || slot.offerId !== offerId || slot.tripId !== tripId) return 'refused';
        slot.declined.add(tripId);
        change(driverId, 'offer_declined', free);
        return 'declined';
      }),
    release: ({ driverId, tripId, epoch }) =>
      failing('release', () => {
        const slot = slotOf(driverId);
        if (slot.state !== 'assigned' || slot.tripId !== tripId || slot.epoch !== epoch) return;
        released.push(driverId);
        change(driverId, 'released', free);
      }),
  };
}
