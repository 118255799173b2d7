import type { Operation } from '@rideshare/kernel';
import { appendToOutbox } from '@rideshare/messaging';
import type { PgTransaction } from '@rideshare/postgres';
import { changeOf, offerStateAfter } from '../domain/slot.ts';
import type { OfferSnapshot, Position, Slot, SlotChange, SlotChangeReason } from '../domain/slot.ts';
import type { OnSlotChanged } from '../usecases/ports.ts';
import { slotChangedEvent } from './outgoing-events.ts';
import { SLOT_COLUMNS, toSlot } from './slot-rows.pg.ts';
import type { SlotRow } from './slot-rows.pg.ts';

/** A slot after its update, as the statement returned it. */
export interface ChangedRow extends SlotRow {
  readonly position_lat: number | null;
  readonly position_lng: number | null;
  readonly position_at: Date | null;
}

/** Wraps an `update driver_slots s … ` without its `returning`, so that it also tells the last position. */
export function returningChanged(update: string): string {
  return `with s as (${update} returning s.*)
    select ${SLOT_COLUMNS}, p.lat as position_lat, p.lng as position_lng, p.recorded_at as position_at
    from s left join driver_positions p on p.driver_id = s.driver_id`;
}

/** What a change needs beside its rows. */
export interface ChangeContext {
  readonly tx: PgTransaction;
  readonly operation: Operation<never>;
  readonly onChanged: OnSlotChanged;
}

function positionOf(row: ChangedRow): Position | null {
  if (row.position_lat === null || row.position_lng === null || row.position_at === null) return null;
  return { point: { lat: row.position_lat, lng: row.position_lng }, recordedAt: row.position_at };
}

/** The change from `before` to `row`. */
export function changeTo(before: Slot, row: ChangedRow, reason: SlotChangeReason, offer?: OfferSnapshot): SlotChange {
  return changeOf(before, toSlot(row), { reason, offer, position: positionOf(row) });
}

/** Writes what belongs to slots that were just updated: the ends of offers, online periods and the events. */
export async function recordChanges(
  { tx, operation, onChanged }: ChangeContext,
  changes: readonly SlotChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await endOffers(tx, changes);
  await keepOnlinePeriods(tx, changes);
  appendToOutbox(
    tx,
    changes.map((change) => slotChangedEvent(operation, change)),
  );
  tx.afterCommit(() => {
    changes.forEach(onChanged);
  });
}

/** An offer ends with the state that held it open; one that was accepted has ended before. */
async function endOffers(tx: PgTransaction, changes: readonly SlotChange[]): Promise<void> {
  const ended = changes.filter((change) => change.from === 'offered' && change.offerId !== null);
  if (ended.length === 0) return;
  await tx.query(
    `update offers o set state = e.state, ended_at = e.ended_at
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as e (offer_id, state, ended_at)
     where o.offer_id = e.offer_id and o.state = 'open'`,
    [
      ended.map((change) => change.offerId),
      ended.map((change) => offerStateAfter(change.reason)),
      ended.map((change) => change.slot.changedAt),
    ],
    { name: 'end-offers' },
  );
}

async function keepOnlinePeriods(tx: PgTransaction, changes: readonly SlotChange[]): Promise<void> {
  const begun = changes.filter((change) => change.from === 'offline');
  if (begun.length > 0) {
    await tx.query(
      `insert into online_periods (driver_id, started_at) select * from unnest($1::uuid[], $2::timestamptz[])`,
      [begun.map((change) => change.slot.driverId), begun.map((change) => change.slot.changedAt)],
      { name: 'begin-online' },
    );
  }
  const over = changes.filter((change) => change.slot.state === 'offline');
  if (over.length > 0) {
    await tx.query(
      `update online_periods o set ended_at = e.ended_at from unnest($1::uuid[], $2::timestamptz[]) as e (driver_id, ended_at)
       where o.driver_id = e.driver_id and o.ended_at is null`,
      [over.map((change) => change.slot.driverId), over.map((change) => change.slot.changedAt)],
      { name: 'end-online' },
    );
  }
}
