import { assert } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { MemoryTransaction, TableReader } from '@rideshare/memory';
import { appendToOutbox } from '@rideshare/messaging';
import { changeOf, offerStateAfter } from '../domain/slot.ts';
import type { OfferSnapshot, Slot, SlotChange, SlotChangeReason } from '../domain/slot.ts';
import type { OnSlotChanged } from '../usecases/ports.ts';
import { slotChangedEvent } from './outgoing-events.ts';
import { declines, offers, onlineTimes, pair, positions, slotOfTrip, slots } from './tables.memory.ts';
import type { SlotRecord } from './tables.memory.ts';

/** What a change needs beside its rows. */
export interface ChangeContext {
  readonly tx: MemoryTransaction;
  readonly operation: Operation<never>;
  readonly onChanged: OnSlotChanged;
}

/** A slot as somebody sees it who reads it at `now`. */
export function slotAt({ checkedAt, ...slot }: SlotRecord, now: Date): Slot {
  return { ...slot, eligible: slot.eligibleUntil !== null && slot.eligibleUntil > now };
}

/** Whether the slot holds an offer whose time is up. */
export function isDeadOffer({ state, expiresAt }: SlotRecord, now: Date): boolean {
  return state === 'offered' && expiresAt !== null && expiresAt <= now;
}

type Target = Partial<
  Pick<SlotRecord, 'tripId' | 'offerId' | 'expiresAt' | 'pendingOffline' | 'settled' | 'checkedAt'>
>;

/** Changes the state of a slot, with the end of its offer, its online time and its event. */
export function changeSlot(
  { tx, operation, onChanged }: ChangeContext,
  before: SlotRecord,
  to: Target & Pick<SlotRecord, 'state'>,
  about: { readonly reason: SlotChangeReason; readonly offer?: OfferSnapshot },
): Slot {
  const now = tx.database.now();
  const record: SlotRecord = { ...before, ...to, epoch: before.epoch + 1, changedAt: now };
  tx.put(slots, record.driverId, record);
  keepSlotOfTrip(tx, before, record);
  const position = tx.get(positions, record.driverId);
  const change = changeOf(slotAt(before, now), slotAt(record, now), {
    ...about,
    position: position ? { point: position.point, recordedAt: position.recordedAt } : null,
  });
  endOffer(tx, change);
  keepOnlineTime(tx, change);
  appendToOutbox(tx, [slotChangedEvent(operation, change)]);
  tx.afterCommit(() => {
    onChanged(change);
  });
  return change.slot;
}

/** Frees a slot that holds a trip, or takes one offline; `undefined` when it is offline already. */
export function freeSlot(
  context: ChangeContext,
  before: SlotRecord,
  why: { readonly reason: SlotChangeReason; readonly offline?: boolean },
): Slot | undefined {
  if (before.state === 'offline') return undefined;
  const { eligible } = slotAt(before, context.tx.database.now());
  const offline = why.offline === true || before.pendingOffline || before.suspended || !eligible;
  const nothing = { tripId: null, offerId: null, expiresAt: null, checkedAt: null };
  const flags = { pendingOffline: false, settled: false };
  const state = offline ? ('offline' as const) : ('available' as const);
  return changeSlot(context, before, { state, ...nothing, ...flags }, { reason: why.reason });
}

/** Takes a slot offline now, or has it done when its trip ends. */
export function leaveService(context: ChangeContext, driverId: string, reason: SlotChangeReason): void {
  const record = context.tx.get(slots, driverId);
  if (record?.state === 'assigned') context.tx.put(slots, driverId, { ...record, pendingOffline: true });
  else if (record) freeSlot(context, record, { reason, offline: true });
}

/** The slot that a trip has. */
export function findSlotOfTrip(reader: TableReader, tripId: string): SlotRecord | undefined {
  const held = reader.get(slotOfTrip, tripId);
  return held && reader.get(slots, held.driverId);
}

function keepSlotOfTrip(tx: MemoryTransaction, before: SlotRecord, after: SlotRecord): void {
  if (before.tripId === after.tripId) return;
  if (before.tripId !== null) tx.remove(slotOfTrip, before.tripId);
  if (after.tripId === null) return;
  assert(!tx.get(slotOfTrip, after.tripId), 'a trip has one slot');
  tx.put(slotOfTrip, after.tripId, { driverId: after.driverId });
}

/** An offer ends with the state that held it open; one that was accepted has ended before. */
function endOffer(tx: MemoryTransaction, { from, offerId, reason, slot }: SlotChange): void {
  const offer = from === 'offered' && offerId !== null ? tx.get(offers, offerId) : undefined;
  if (offer?.state !== 'open') return;
  const state = offerStateAfter(reason);
  tx.put(offers, offer.offerId, { ...offer, state, endedAt: slot.changedAt });
  if (state === 'declined') tx.put(declines, pair(offer.driverId, offer.tripId), { offerId: offer.offerId });
}

function keepOnlineTime(tx: MemoryTransaction, { from, slot }: SlotChange): void {
  const time = tx.get(onlineTimes, slot.driverId) ?? { onlineMs: 0, since: null };
  if (from === 'offline') tx.put(onlineTimes, slot.driverId, { ...time, since: slot.changedAt });
  if (slot.state !== 'offline' || time.since === null) return;
  const onlineMs = time.onlineMs + slot.changedAt.getTime() - time.since.getTime();
  tx.put(onlineTimes, slot.driverId, { onlineMs, since: null });
}
