import { isUniqueViolation } from '@rideshare/postgres';
import type { PgTransaction } from '@rideshare/postgres';
import { refusalOf } from '../domain/slot.ts';
import type { Reservation, Verdict } from '../usecases/ports.ts';
import { freeSlots, lockDeadOffers } from './free-slots.pg.ts';
import { judgeInRounds, refused, snapshotOf } from './reservation-rounds.ts';
import type { Judged, Locks } from './reservation-rounds.ts';
import { changeTo, recordChanges, returningChanged } from './slot-changes.pg.ts';
import type { ChangeContext, ChangedRow } from './slot-changes.pg.ts';
import { SLOT_COLUMNS, toSlot } from './slot-rows.pg.ts';
import type { SlotRow } from './slot-rows.pg.ts';

// A batch of reservations never waits for anybody, so that no two dispatchers can hold each other up:
//
//   trips    an advisory lock each, tried: another batch that is about to offer the same trip wins
//   drivers  their slot rows, skipping those that are locked
//   items    in rounds in which every driver and every trip occurs once, each round one guarded update
//
// Both locks end with the transaction. The unique index on the trip remains the wall behind all of this: if it ever
// refuses a round, the round is repeated item by item.

/** Advisory locks of this kind are taken on trips; any number that nobody else uses. */
const TRIP_LOCKS = 1_774_002;

const RESERVE = returningChanged(`update driver_slots s
  set state = 'offered', trip_id = i.trip_id, offer_id = i.offer_id, settled = false, checked_at = null,
    expires_at = date_trunc('milliseconds', clock_timestamp()) + i.ttl_ms * interval '1 millisecond',
    epoch = s.epoch + 1, changed_at = clock_timestamp()
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[]) as i (driver_id, trip_id, offer_id, ttl_ms)
  where s.driver_id = i.driver_id and s.state = 'available' and not s.suspended
    and s.eligible_until > clock_timestamp()
    and not exists (select 1 from driver_slots t where t.trip_id = i.trip_id)
    and not exists (select 1 from offers o where o.offer_id = i.offer_id)
    and not exists (select 1 from offers d
      where d.driver_id = i.driver_id and d.trip_id = i.trip_id and d.state = 'declined')`);

const INSERT_OFFERS = `insert into offers (offer_id, driver_id, trip_id, rider_id, pickup_lat, pickup_lng,
    destination_lat, destination_lng, fare, fare_currency, earnings, earnings_currency, pickup_eta_s, expires_at, made_at)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::float8[], $6::float8[], $7::float8[],
    $8::float8[], $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::integer[], $14::timestamptz[],
    $15::timestamptz[])`;

/** Judges every item; see {@link SlotStore.reserve}. */
export async function reserveSlots(context: ChangeContext, items: readonly Reservation[]): Promise<Verdict[]> {
  const trips = await lockTrips(context.tx, items);
  const dead = await lockDeadOffers(context.tx, { tripIds: [...trips], limit: items.length });
  await freeSlots(context, dead, { reason: 'offer_expired' });
  const locks: Locks = { trips, ...(await lockDrivers(context.tx, items)) };
  return judgeInRounds(items, locks, (round) => judgeRound(context, locks.slots, round));
}

async function lockTrips(tx: PgTransaction, items: readonly Reservation[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ trip_id: string }>(
    `select t.trip_id from unnest($1::uuid[]) as t (trip_id)
     where pg_try_advisory_xact_lock($2::integer, hashtext(t.trip_id::text))`,
    [[...new Set(items.map((item) => item.tripId))], TRIP_LOCKS],
    { name: 'lock-trips' },
  );
  return new Set(rows.map((row) => row.trip_id));
}

async function lockDrivers(tx: PgTransaction, items: readonly Reservation[]): Promise<Omit<Locks, 'trips'>> {
  const drivers = [...new Set(items.map((item) => item.driverId))];
  const { rows: locked } = await tx.query<{ driver_id: string }>(
    `select driver_id from driver_slots where driver_id = any ($1) order by driver_id for update skip locked`,
    [drivers],
    { name: 'lock-slots' },
  );
  const { rows } = await tx.query<SlotRow>(
    `select ${SLOT_COLUMNS} from driver_slots s where s.driver_id = any ($1)`,
    [drivers],
    { name: 'read-slots' },
  );
  const mine = new Set(locked.map((row) => row.driver_id));
  return {
    slots: new Map(rows.filter((row) => mine.has(row.driver_id)).map((row) => [row.driver_id, toSlot(row)])),
    known: new Set(rows.map((row) => row.driver_id)),
  };
}

/** One round, whole if the last wall lets it pass, else item by item. */
async function judgeRound(
  context: ChangeContext,
  slots: Locks['slots'],
  round: readonly Reservation[],
): Promise<Judged[]> {
  try {
    return await context.tx.savepoint(() => tryRound(context, slots, round));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const [first] = round;
    if (first && round.length === 1) return [[first, refused(first, 'trip_has_slot')]];
  }
  const judged: Judged[] = [];
  for (const item of round) judged.push(...(await judgeRound(context, slots, [item])));
  return judged;
}

async function tryRound(
  context: ChangeContext,
  slots: Locks['slots'],
  round: readonly Reservation[],
): Promise<Judged[]> {
  const { tx } = context;
  const { rows } = await tx.query<ChangedRow>(
    RESERVE,
    [
      round.map((item) => item.driverId),
      round.map((item) => item.tripId),
      round.map((item) => item.offerId),
      round.map((item) => item.ttlMs),
    ],
    { name: 'reserve-slots' },
  );
  const changed = new Map(rows.map((row) => [row.driver_id, row]));
  const reserved = round.flatMap((item) => {
    const row = changed.get(item.driverId);
    const old = slots.get(item.driverId);
    return row?.expires_at && old ? [{ item, row, old, expiresAt: row.expires_at }] : [];
  });
  if (reserved.length > 0) {
    await tx.query(INSERT_OFFERS, offerColumns(reserved), { name: 'insert-offers' });
    await recordChanges(
      context,
      reserved.map(({ item, row, old, expiresAt }) =>
        changeTo(old, row, 'offered', { ...snapshotOf(item), expiresAt }),
      ),
    );
  }
  const left = round.filter((item) => !changed.has(item.driverId));
  return [
    ...reserved.map(({ item, row, expiresAt }): Judged => [
      item,
      { offerId: item.offerId, outcome: 'reserved', epoch: row.epoch, expiresAt },
    ]),
    ...(await explain(tx, left)),
  ];
}

function offerColumns(
  reserved: readonly { readonly item: Reservation; readonly row: ChangedRow; readonly expiresAt: Date }[],
): unknown[][] {
  const column = (value: (item: Reservation) => unknown) => reserved.map(({ item }) => value(item));
  return [
    column((item) => item.offerId),
    column((item) => item.driverId),
    column((item) => item.tripId),
    column((item) => item.riderId),
    column((item) => item.pickup.lat),
    column((item) => item.pickup.lng),
    column((item) => item.destination.lat),
    column((item) => item.destination.lng),
    column((item) => item.fare.amount),
    column((item) => item.fare.currency),
    column((item) => item.earnings.amount),
    column((item) => item.earnings.currency),
    column((item) => item.pickupEtaS),
    reserved.map(({ expiresAt }) => expiresAt),
    reserved.map(({ row }) => row.changed_at),
  ];
}

/** Why items that the guard refused were refused, from the rows that this transaction holds. */
async function explain(tx: PgTransaction, items: readonly Reservation[]): Promise<Judged[]> {
  if (items.length === 0) return [];
  const { rows } = await tx.query<SlotRow & { offer_id_asked: string; trip_has_slot: boolean; declined: boolean }>(
    `select ${SLOT_COLUMNS}, i.offer_id as offer_id_asked,
       exists (select 1 from driver_slots t where t.trip_id = i.trip_id) as trip_has_slot,
       exists (select 1 from offers d
         where d.driver_id = i.driver_id and d.trip_id = i.trip_id and d.state = 'declined') as declined
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as i (driver_id, trip_id, offer_id)
     join driver_slots s on s.driver_id = i.driver_id`,
    [items.map((item) => item.driverId), items.map((item) => item.tripId), items.map((item) => item.offerId)],
    { name: 'explain-refusals' },
  );
  const facts = new Map(rows.map((row) => [row.offer_id_asked, row]));
  return items.map((item) => {
    const row = facts.get(item.offerId);
    if (!row) return [item, refused(item, 'unknown_driver')];
    const reason = refusalOf(toSlot(row), { tripHasSlot: row.trip_has_slot, declinedBefore: row.declined });
    // what is left is an offer that has been before
    return [item, refused(item, reason ?? 'not_available')];
  });
}
