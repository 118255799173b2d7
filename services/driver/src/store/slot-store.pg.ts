import type { Operation } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { driverNotFound } from '../domain/errors.ts';
import type { Slot, SlotChangeReason } from '../domain/slot.ts';
import type { Assignment, OfferKey, OnSlotChanged, SlotStore } from '../usecases/ports.ts';
import { freeSlots, lockDeadOffers } from './free-slots.pg.ts';
import { reserveSlots } from './reserve-slots.pg.ts';
import { changeTo, recordChanges, returningChanged } from './slot-changes.pg.ts';
import type { ChangeContext, ChangedRow } from './slot-changes.pg.ts';
import { lockSlot, only, readOpenOffer } from './slot-rows.pg.ts';

const CONFIRM = returningChanged(`update driver_slots s
  set state = 'assigned', expires_at = null, settled = false, checked_at = null, epoch = s.epoch + 1,
    changed_at = clock_timestamp()
  where s.driver_id = $1 and s.state = 'offered' and s.trip_id = $2 and s.offer_id = $3
    and s.expires_at > clock_timestamp()`);

const GO_AVAILABLE = returningChanged(`update driver_slots s
  set state = 'available', epoch = s.epoch + 1, changed_at = clock_timestamp()
  where s.driver_id = $1 and s.state = 'offline'`);

/** A {@link SlotStore} in PostgreSQL. `onChanged` hears of every change once it is durable. */
export function createSlotStore(database: Database, onChanged: OnSlotChanged): SlotStore {
  const atomic = <Result>(
    operation: Operation<Result>,
    work: (context: ChangeContext) => Promise<Result>,
  ): Promise<Result> => database.atomic(operation, (tx) => work({ tx, operation, onChanged }));

  return {
    reserve: (operation, items) => atomic(operation, (context) => reserveSlots(context, items)),
    confirm: (operation, offer) => atomic(operation, (context) => confirm(context, offer)),
    decline: (operation, offer) => atomic(operation, (context) => decline(context, offer)),
    release: (operation, { driverId, tripId, epoch }) =>
      atomic(operation, async (context) => {
        const slot = await lockSlot(context.tx, driverId);
        const held = slot?.state === 'assigned' && slot.tripId === tripId && slot.epoch === epoch;
        return held && (await freeSlots(context, [slot], { reason: 'released' })).length === 1;
      }),
    clear: (operation, tripId) =>
      atomic<boolean>(operation, async (context) => {
        const slot = await lockSlotOfTrip(context.tx, tripId);
        return slot !== undefined && (await freeSlots(context, [slot], { reason: 'trip_ended' })).length === 1;
      }),
    setStatus: (operation, driverId, decide) =>
      atomic(operation, async (context) => {
        const slot = await lockSlot(context.tx, driverId);
        if (!slot) throw driverNotFound();
        const decision = decide(slot);
        if (decision.outcome === 'refused') throw decision.error;
        if (decision.outcome === 'unchanged') return slot;
        return decision.to === 'available'
          ? await goAvailable(context, slot, decision.reason)
          : await goOffline(context, slot, decision.reason);
      }),
    async setStanding(operation, userId, standing) {
      await atomic(operation, (context) => setStanding(context, userId, standing));
    },
    settle: (operation, offer) => atomic<boolean>(operation, ({ tx }) => settle(tx, offer)),
    expireOffers: (operation, limit) =>
      atomic<number>(operation, async (context) => {
        const dead = await lockDeadOffers(context.tx, { limit });
        return (await freeSlots(context, dead, { reason: 'offer_expired' })).length;
      }),
    claimAssignments: (kind, bounds) => claimAssignments(database, kind, bounds),
    openOffer: (driverId) => readOpenOffer(database, driverId),
    async countOnline() {
      const { rows } = await database.query<{ online: number }>(
        `select count(*) as online from driver_slots where state <> 'offline'`,
      );
      return only(rows).online;
    },
  };
}

async function confirm(context: ChangeContext, { driverId, tripId, offerId }: OfferKey): Promise<number | undefined> {
  const slot = await lockSlot(context.tx, driverId);
  if (slot?.offerId !== offerId || slot.tripId !== tripId) return undefined;
  if (slot.state === 'assigned') return slot.epoch;
  const { rows } = await context.tx.query<ChangedRow>(CONFIRM, [driverId, tripId, offerId], { name: 'confirm-slot' });
  await recordChanges(
    context,
    rows.map((row) => changeTo(slot, row, 'accepted')),
  );
  return rows[0]?.epoch;
}

async function decline(context: ChangeContext, { driverId, tripId, offerId }: OfferKey): Promise<boolean> {
  const slot = await lockSlot(context.tx, driverId);
  if (slot?.state === 'offered' && slot.offerId === offerId && slot.tripId === tripId) {
    await freeSlots(context, [slot], { reason: 'offer_declined' });
    return true;
  }
  const { rows } = await context.tx.query(
    `select 1 from offers where offer_id = $1 and driver_id = $2 and trip_id = $3 and state = 'declined'`,
    [offerId, driverId, tripId],
    { name: 'was-declined' },
  );
  return rows.length === 1;
}

async function lockSlotOfTrip(tx: PgTransaction, tripId: string): Promise<Slot | undefined> {
  const { rows } = await tx.query<{ driver_id: string }>(
    'select driver_id from driver_slots where trip_id = $1 for update',
    [tripId],
    { name: 'lock-slot-of-trip' },
  );
  const slot = rows[0] && (await lockSlot(tx, rows[0].driver_id));
  return slot?.tripId === tripId ? slot : undefined;
}

async function goAvailable(context: ChangeContext, slot: Slot, reason: SlotChangeReason): Promise<Slot> {
  const { rows } = await context.tx.query<ChangedRow>(GO_AVAILABLE, [slot.driverId], { name: 'go-available' });
  const change = changeTo(slot, only(rows), reason);
  await recordChanges(context, [change]);
  return change.slot;
}

/** Takes a slot that has no trip offline, with the offer it may have. */
export async function goOffline(context: ChangeContext, slot: Slot, reason: SlotChangeReason): Promise<Slot> {
  return only(await freeSlots(context, [slot], { reason, offline: true }));
}

/** Takes a locked slot offline now, or has it done when its trip ends. */
export async function leaveService(context: ChangeContext, slot: Slot, reason: SlotChangeReason): Promise<void> {
  if (slot.state === 'assigned') {
    await context.tx.query('update driver_slots set pending_offline = true where driver_id = $1', [slot.driverId], {
      name: 'pending-offline',
    });
  } else if (slot.state !== 'offline') {
    await goOffline(context, slot, reason);
  }
}

async function setStanding(
  context: ChangeContext,
  userId: string,
  standing: { readonly suspended: boolean; readonly deactivated: boolean },
): Promise<void> {
  const suspended = await keepStanding(context.tx, userId, standing);
  if (suspended === undefined) return;
  const slot = await lockSlot(context.tx, userId);
  if (!slot || slot.suspended === suspended) return;
  await context.tx.query('update driver_slots set suspended = $2 where driver_id = $1', [userId, suspended], {
    name: 'set-suspended',
  });
  if (suspended) await leaveService(context, slot, standing.deactivated ? 'deactivated' : 'suspended');
}

/** Whether the account is barred by now; `undefined` when nothing has changed about an account in good standing. */
async function keepStanding(
  tx: PgTransaction,
  userId: string,
  standing: { readonly suspended: boolean; readonly deactivated: boolean },
): Promise<boolean | undefined> {
  if (!standing.suspended && !standing.deactivated) {
    const { rowCount } = await tx.query(
      'update account_standings set suspended = false where user_id = $1 and suspended and not deactivated',
      [userId],
      { name: 'lift-suspension' },
    );
    return rowCount === 1 ? false : undefined;
  }
  // the row that a registration under way meets, so that neither misses the other; a closed account stays closed
  await tx.query(
    `insert into account_standings as a (user_id, suspended, deactivated) values ($1, $2, $3)
     on conflict (user_id) do update set suspended = a.suspended or excluded.suspended,
       deactivated = a.deactivated or excluded.deactivated`,
    [userId, standing.suspended, standing.deactivated],
    { name: 'keep-standing' },
  );
  return true;
}

async function settle(tx: PgTransaction, { driverId, tripId, offerId }: OfferKey): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update driver_slots set settled = true, checked_at = clock_timestamp()
     where driver_id = $1 and trip_id = $2 and offer_id = $3 and state = 'assigned'`,
    [driverId, tripId, offerId],
    { name: 'settle-slot' },
  );
  return rowCount === 1;
}

async function claimAssignments(
  database: Database,
  kind: 'unsettled' | 'settled',
  bounds: { readonly olderThanMs: number; readonly againMs: number; readonly limit: number },
): Promise<Assignment[]> {
  const { rows } = await database.query<{ driver_id: string; trip_id: string; offer_id: string; epoch: number }>(
    `update driver_slots s set checked_at = clock_timestamp()
     from (select driver_id from driver_slots
       where state = 'assigned' and settled = $1 and changed_at <= clock_timestamp() - $2 * interval '1 millisecond'
         and coalesce(checked_at <= clock_timestamp() - $3 * interval '1 millisecond', true)
       order by changed_at limit $4 for update skip locked) c
     where s.driver_id = c.driver_id returning s.driver_id, s.trip_id, s.offer_id, s.epoch`,
    [kind === 'settled', bounds.olderThanMs, bounds.againMs, bounds.limit],
    { name: 'claim-assignments' },
  );
  return rows.map((row) => ({
    driverId: row.driver_id,
    tripId: row.trip_id,
    offerId: row.offer_id,
    epoch: row.epoch,
  }));
}
