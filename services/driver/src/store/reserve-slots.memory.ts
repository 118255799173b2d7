import type { MemoryTransaction } from '@rideshare/memory';
import { refusalOf } from '../domain/slot.ts';
import type { ReservationRefusal } from '../domain/slot.ts';
import type { Reservation, Verdict } from '../usecases/ports.ts';
import { judgeInRounds, refused, snapshotOf } from './reservation-rounds.ts';
import type { Judged } from './reservation-rounds.ts';
import { changeSlot, findSlotOfTrip, freeSlot, isDeadOffer, slotAt } from './slot-changes.memory.ts';
import type { ChangeContext } from './slot-changes.memory.ts';
import { declines, offers, pair, slotOfTrip, slots } from './tables.memory.ts';
import type { SlotRecord } from './tables.memory.ts';

/** Judges every item; see {@link SlotStore.reserve}. Nothing is ever contended: who comes second is run again. */
export async function reserveSlots(context: ChangeContext, items: readonly Reservation[]): Promise<Verdict[]> {
  const { tx } = context;
  const now = tx.database.now();
  const trips = new Set(items.map((item) => item.tripId));
  const dead = [...trips]
    .flatMap((tripId) => findSlotOfTrip(tx, tripId) ?? [])
    .filter((slot) => isDeadOffer(slot, now));
  for (const slot of dead.toSorted(byDriver)) freeSlot(context, slot, { reason: 'offer_expired' });

  const records = items.flatMap((item) => tx.get(slots, item.driverId) ?? []);
  const found = new Map(records.map((record) => [record.driverId, slotAt(record, now)]));
  const locks = { trips, slots: found, known: new Set(found.keys()) };
  return judgeInRounds(items, locks, (round) => round.map((item) => judge(context, item)));
}

function byDriver(a: SlotRecord, b: SlotRecord): number {
  return a.driverId < b.driverId ? -1 : 1;
}

function judge(context: ChangeContext, item: Reservation): Judged {
  const { tx } = context;
  const now = tx.database.now();
  const record = tx.get(slots, item.driverId);
  if (!record) return [item, refused(item, 'unknown_driver')];
  const reason = whyRefused(tx, item, record, now);
  if (reason) return [item, refused(item, reason)];
  const expiresAt = new Date(now.getTime() + item.ttlMs);
  const offer = { ...snapshotOf(item), expiresAt };
  const { driverId, riderId, tripId, offerId } = item;
  tx.put(offers, offerId, { ...offer, driverId, riderId, state: 'open', madeAt: now, endedAt: null });
  const held = { tripId, offerId, expiresAt, settled: false, checkedAt: null };
  const { epoch } = changeSlot(context, record, { state: 'offered', ...held }, { reason: 'offered', offer });
  return [item, { offerId, outcome: 'reserved', epoch, expiresAt }];
}

function whyRefused(
  tx: MemoryTransaction,
  { driverId, tripId, offerId }: Reservation,
  record: SlotRecord,
  now: Date,
): ReservationRefusal | undefined {
  const reason = refusalOf(slotAt(record, now), {
    tripHasSlot: tx.get(slotOfTrip, tripId) !== undefined,
    declinedBefore: tx.get(declines, pair(driverId, tripId)) !== undefined,
  });
  // an offer that has been before never opens again
  return reason ?? (tx.get(offers, offerId) ? 'not_available' : undefined);
}
