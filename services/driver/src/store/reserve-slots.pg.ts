import { isUniqueViolation } from '@rideshare/postgres';
import type { PgTransaction } from '@rideshare/postgres';
import { whyNotReserved } from '../domain/slot.ts';
import type { ReservationRefusal, Slot } from '../domain/slot.ts';
import type { Reservation, Verdict } from '../usecases/ports.ts';
import { freeSlots, lockDeadOffers } from './free-slots.pg.ts';
import { changeOf, recordChanges, returningChanged } from './slot-changes.pg.ts';
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

interface Locks {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly trips: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
}

/** Judges every item; see {@link SlotStore.reserve}. */
export async function reserveSlots(context: ChangeContext, items: readonly Reservation[]): Promise<Verdict[]> {
  const verdicts = new Map<Reservation, Verdict>();
  const trips = await lockTrips(context.tx, items);
  const dead = await lockDeadOffers(context.tx, { tripIds: [...trips], limit: items.length });
  await freeSlots(context, dead, { reason: 'offer_expired' });
  const locks: Locks = { trips, ...(await lockDrivers(context.tx, items)) };
  for (const item of items) {
    const verdict = withoutTrying(item, locks);
    if (verdict) verdicts.set(item, verdict);
  }
  for (let open = unjudged(items, verdicts); open.length > 0; open = unjudged(items, verdicts)) {
    for (const [item, verdict] of await judgeRound(context, locks.slots, roundOf(open))) verdicts.set(item, verdict);
  }
  return items.flatMap((item) => verdicts.get(item) ?? []);
}

function unjudged(items: readonly Reservation[], verdicts: ReadonlyMap<Reservation, Verdict>): Reservation[] {
  return items.filter((item) => !verdicts.has(item));
}

function refused(item: Reservation, reason: ReservationRefusal): Verdict {
  return { offerId: item.offerId, outcome: 'refused', reason };
}

/** Items whose answer the locks alone give. */
function withoutTrying(item: Reservation, locks: Locks): Verdict | undefined {
  if (item.driverId === item.riderId) return refused(item, 'own_trip');
  const slot = locks.slots.get(item.driverId);
  if (!slot) return refused(item, locks.known.has(item.driverId) ? 'contended' : 'unknown_driver');
  if (slot.state === 'offered' && slot.offerId === item.offerId && slot.tripId === item.tripId && slot.expiresAt) {
    return { offerId: item.offerId, outcome: 'reserved', epoch: slot.epoch, expiresAt: slot.expiresAt };
  }
  return locks.trips.has(item.tripId) ? undefined : refused(item, 'contended');
}

/** The first item of each driver and each trip. */
function roundOf(items: readonly Reservation[]): Reservation[] {
  const drivers = new Set<string>();
  const trips = new Set<string>();
  const offers = new Set<string>();
  return items.filter((item) => {
    if (drivers.has(item.driverId) || trips.has(item.tripId) || offers.has(item.offerId)) return false;
    drivers.add(item.driverId);
    trips.add(item.tripId);
    offers.add(item.offerId);
    return true;
  });
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
): Promise<(readonly [Reservation, Verdict])[]> {
  try {
    return await context.tx.savepoint(() => tryRound(context, slots, round));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const [first] = round;
    if (first && round.length === 1) return [[first, refused(first, 'trip_has_slot')]];
  }
  const judged: (readonly [Reservation, Verdict])[] = [];
  for (const item of round) judged.push(...(await judgeRound(context, slots, [item])));
  return judged;
}

async function tryRound(
  context: ChangeContext,
  slots: Locks['slots'],
  round: readonly Reservation[],
): Promise<(readonly [Reservation, Verdict])[]> {
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
        changeOf(old, row, 'offered', { ...snapshotOf(item), expiresAt }),
      ),
    );
  }
  const left = round.filter((item) => !changed.has(item.driverId));
  return [
    ...reserved.map(({ item, row, expiresAt }): readonly [Reservation, Verdict] => [
      item,
      { offerId: item.offerId, outcome: 'reserved', epoch: row.epoch, expiresAt },
    ]),
    ...(await explain(tx, left)),
  ];
}

function snapshotOf(item: Reservation) {
  const { offerId, tripId, pickup, destination, fare, earnings, pickupEtaS } = item;
  return { offerId, tripId, pickup, destination, fare, earnings, pickupEtaS };
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
async function explain(tx: PgTransaction, items: readonly Reservation[]): Promise<(readonly [Reservation, Verdict])[]> {
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
    const reason = row
      ? whyNotReserved(toSlot(row), { tripHasSlot: row.trip_has_slot, declinedBefore: row.declined })
      : 'unknown_driver';
    return [item, refused(item, reason)];
  });
}
