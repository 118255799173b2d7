import { assert } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import { driverNotFound } from '../domain/errors.ts';
import type { OfferSnapshot, Slot, StatusDecision } from '../domain/slot.ts';
import type { Assignment, OfferKey, OnSlotChanged, SlotStore } from '../usecases/ports.ts';
import { reserveSlots } from './reserve-slots.memory.ts';
import { changeSlot, findSlotOfTrip, freeSlot, isDeadOffer, leaveService, slotAt } from './slot-changes.memory.ts';
import type { ChangeContext } from './slot-changes.memory.ts';
import { offers, slots, standings } from './tables.memory.ts';
import type { SlotRecord, StandingRecord } from './tables.memory.ts';

// Every method decides on what it reads in its transaction, which is run again when another has changed any of it before
// the commit. That stands here for the row locks of an engine that has them.

/** A {@link SlotStore} in memory. `onChanged` hears of every change once it is committed. */
export function createMemorySlotStore(database: MemoryDatabase, onChanged: OnSlotChanged): SlotStore {
  const atomic = <Result>(
    operation: Operation<Result>,
    work: (context: ChangeContext) => Promise<Result> | Result,
  ): Promise<Result> => database.atomic(operation, (tx) => work({ tx, operation, onChanged }));

  return {
    reserve: (operation, items) => atomic(operation, (context) => reserveSlots(context, items)),
    confirm: (operation, offer) => atomic(operation, (context) => confirm(context, offer)),
    decline: (operation, offer) => atomic(operation, (context) => decline(context, offer)),
    release: (operation, { driverId, tripId, epoch }) =>
      atomic(operation, (context) => {
        const slot = context.tx.get(slots, driverId);
        const held = slot?.state === 'assigned' && slot.tripId === tripId && slot.epoch === epoch;
        return held && freeSlot(context, slot, { reason: 'released' }) !== undefined;
      }),
    clear: (operation, tripId) =>
      atomic<boolean>(operation, (context) => {
        const slot = findSlotOfTrip(context.tx, tripId);
        return slot !== undefined && freeSlot(context, slot, { reason: 'trip_ended' }) !== undefined;
      }),
    setStatus: (operation, driverId, decide) => atomic(operation, (context) => setStatus(context, driverId, decide)),
    async setStanding(operation, userId, standing) {
      await atomic(operation, (context) => {
        setStanding(context, userId, standing);
      });
    },
    settle: (operation, offer) => atomic<boolean>(operation, ({ tx }) => settle(tx, offer)),
    async expireOffers(operation, limit) {
      // whom to look at is read beforehand, so that the rest of the fleet may change meanwhile
      const due = await database.read((reader) => deadOffers(reader, database.now(), limit));
      return atomic<number>(operation, (context) => {
        const now = database.now();
        const dead = due.flatMap((driverId) => context.tx.get(slots, driverId) ?? []);
        const ended = dead.filter((slot) => isDeadOffer(slot, now));
        for (const slot of ended) freeSlot(context, slot, { reason: 'offer_expired' });
        return ended.length;
      });
    },
    claimAssignments: (kind, bounds) => claimAssignments(database, kind === 'settled', bounds),
    openOffer: (driverId) => database.read((reader) => openOffer(reader, driverId, database.now())),
    countOnline: () => database.read((reader) => reader.all(slots).filter((slot) => slot.state !== 'offline').length),
  };
}

function confirm(context: ChangeContext, { driverId, tripId, offerId }: OfferKey): number | undefined {
  const slot = context.tx.get(slots, driverId);
  if (slot?.offerId !== offerId || slot.tripId !== tripId) return undefined;
  if (slot.state === 'assigned') return slot.epoch;
  if (slot.state !== 'offered' || isDeadOffer(slot, context.tx.database.now())) return undefined;
  const to = { state: 'assigned' as const, expiresAt: null, settled: false, checkedAt: null };
  return changeSlot(context, slot, to, { reason: 'accepted' }).epoch;
}

function decline(context: ChangeContext, { driverId, tripId, offerId }: OfferKey): boolean {
  const slot = context.tx.get(slots, driverId);
  if (slot?.state === 'offered' && slot.offerId === offerId && slot.tripId === tripId) {
    freeSlot(context, slot, { reason: 'offer_declined' });
    return true;
  }
  const offer = context.tx.get(offers, offerId);
  return offer?.state === 'declined' && offer.driverId === driverId && offer.tripId === tripId;
}

function setStatus(context: ChangeContext, driverId: string, decide: (slot: Slot) => StatusDecision): Slot {
  const record = context.tx.get(slots, driverId);
  if (!record) throw driverNotFound();
  const slot = slotAt(record, context.tx.database.now());
  const decision = decide(slot);
  if (decision.outcome === 'refused') throw decision.error;
  if (decision.outcome === 'unchanged') return slot;
  const { to, reason } = decision;
  if (to === 'available') {
    assert(record.state === 'offline', 'only who is offline goes available');
    return changeSlot(context, record, { state: 'available' }, { reason });
  }
  const left = freeSlot(context, record, { reason, offline: true });
  assert(left, 'only who is online goes offline');
  return left;
}

function setStanding(context: ChangeContext, userId: string, standing: StandingRecord): void {
  const suspended = keepStanding(context.tx, userId, standing);
  if (suspended === undefined) return;
  const slot = context.tx.get(slots, userId);
  if (!slot || slot.suspended === suspended) return;
  context.tx.put(slots, userId, { ...slot, suspended });
  if (suspended) leaveService(context, userId, standing.deactivated ? 'deactivated' : 'suspended');
}

/** Whether the account is barred by now; `undefined` when nothing has changed about an account in good standing. */
function keepStanding(tx: MemoryTransaction, userId: string, standing: StandingRecord): boolean | undefined {
  const known = tx.get(standings, userId);
  if (!standing.suspended && !standing.deactivated) {
    if (known?.suspended !== true || known.deactivated) return undefined;
    tx.put(standings, userId, { ...known, suspended: false });
    return false;
  }
  // a closed account stays closed
  tx.put(standings, userId, {
    suspended: standing.suspended || (known?.suspended ?? false),
    deactivated: standing.deactivated || (known?.deactivated ?? false),
  });
  return true;
}

function settle(tx: MemoryTransaction, { driverId, tripId, offerId }: OfferKey): boolean {
  const slot = tx.get(slots, driverId);
  if (slot?.state !== 'assigned' || slot.tripId !== tripId || slot.offerId !== offerId) return false;
  tx.put(slots, driverId, { ...slot, settled: true, checkedAt: tx.database.now() });
  return true;
}

function deadOffers(reader: TableReader, now: Date, limit: number): string[] {
  const dead = reader.all(slots).filter((slot) => isDeadOffer(slot, now));
  return dead
    .map(({ driverId }) => driverId)
    .toSorted()
    .slice(0, limit);
}

function openOffer(reader: TableReader, driverId: string, now: Date): OfferSnapshot | undefined {
  const slot = reader.get(slots, driverId);
  if (slot?.state !== 'offered' || slot.offerId === null || isDeadOffer(slot, now)) return undefined;
  const offer = reader.get(offers, slot.offerId);
  if (offer?.state !== 'open') return undefined;
  const { driverId: _driver, riderId: _rider, state: _state, madeAt: _made, endedAt: _ended, ...snapshot } = offer;
  return snapshot;
}

interface ClaimBounds {
  readonly olderThanMs: number;
  readonly againMs: number;
  readonly limit: number;
}

async function claimAssignments(
  database: MemoryDatabase,
  settled: boolean,
  { olderThanMs, againMs, limit }: ClaimBounds,
): Promise<Assignment[]> {
  const isDue = (slot: SlotRecord): boolean => {
    const nowMs = database.now().getTime();
    if (slot.state !== 'assigned' || slot.settled !== settled) return false;
    if (slot.changedAt.getTime() > nowMs - olderThanMs) return false;
    return slot.checkedAt === null || slot.checkedAt.getTime() <= nowMs - againMs;
  };
  // whom to look at is read beforehand, so that the rest of the fleet may change meanwhile
  const due = await database.read((reader) => reader.all(slots).filter(isDue).toSorted(byAge).slice(0, limit));
  return database.transaction((tx) =>
    due.flatMap(({ driverId }) => {
      const slot = tx.get(slots, driverId);
      if (!slot || !isDue(slot) || slot.tripId === null || slot.offerId === null) return [];
      tx.put(slots, driverId, { ...slot, checkedAt: database.now() });
      return [{ driverId, tripId: slot.tripId, offerId: slot.offerId, epoch: slot.epoch }];
    }),
  );
}

function byAge(a: SlotRecord, b: SlotRecord): number {
  return a.changedAt.getTime() - b.changedAt.getTime();
}
