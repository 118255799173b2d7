import type { PgTransaction } from '@rideshare/postgres';
import type { Slot, SlotChangeReason } from '../domain/slot.ts';
import { changeTo, recordChanges, returningChanged } from './slot-changes.pg.ts';
import type { ChangeContext, ChangedRow } from './slot-changes.pg.ts';
import { freedBy, SLOT_COLUMNS, toSlot } from './slot-rows.pg.ts';
import type { SlotRow } from './slot-rows.pg.ts';

/**
 * Frees slots whose rows this transaction has locked and read as `locked`.
 *
 * @returns Those that were still in the state and at the epoch that were read, all of them unless the caller holds no
 * lock.
 */
export async function freeSlots(
  context: ChangeContext,
  locked: readonly Slot[],
  why: { readonly reason: SlotChangeReason; readonly offline?: boolean },
): Promise<Slot[]> {
  if (locked.length === 0) return [];
  const { rows } = await context.tx.query<ChangedRow>(
    returningChanged(
      `update driver_slots s set ${freedBy('$3::boolean')}
       from unnest($1::uuid[], $2::integer[]) as l (driver_id, epoch)
       where s.driver_id = l.driver_id and s.epoch = l.epoch and s.state <> 'offline'`,
    ),
    [locked.map((slot) => slot.driverId), locked.map((slot) => slot.epoch), why.offline ?? false],
    { name: 'free-slots' },
  );
  const before = new Map(locked.map((slot) => [slot.driverId, slot]));
  const changes = rows.flatMap((row) => {
    const slot = before.get(row.driver_id);
    return slot ? [changeTo(slot, row, why.reason)] : [];
  });
  await recordChanges(context, changes);
  return changes.map((change) => change.slot);
}

/**
 * Locks offers whose time is up, of the given trips or of any, and skips those that somebody else has locked.
 *
 * @remarks Locks first and looks at the clock after it, so that an offer is never ended before its time.
 */
export async function lockDeadOffers(
  tx: PgTransaction,
  which: { readonly tripIds?: readonly string[]; readonly limit: number },
): Promise<Slot[]> {
  const { rows: locked } = await tx.query<{ driver_id: string }>(
    `select driver_id from driver_slots
     where state = 'offered' and expires_at <= clock_timestamp() and ($1::uuid[] is null or trip_id = any ($1))
     order by driver_id limit $2 for update skip locked`,
    [which.tripIds ?? null, which.limit],
    { name: 'lock-dead-offers' },
  );
  if (locked.length === 0) return [];
  const { rows } = await tx.query<SlotRow>(
    `select ${SLOT_COLUMNS} from driver_slots s
     where s.driver_id = any ($1) and s.state = 'offered' and s.expires_at <= clock_timestamp()`,
    [locked.map((row) => row.driver_id)],
    { name: 'read-dead-offers' },
  );
  return rows.map(toSlot);
}
