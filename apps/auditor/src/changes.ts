/**
 * What has changed since the last look.
 *
 * A change is found in any of four ways, so that one which lacks a part of itself is still found by the others: by the
 * records that came into the log, by what waits in an outbox, by the time in the row itself, and by the time in the ids
 * of what belongs to it. What is under way (an open trip, a driver on the street, a payment that is not over) is always
 * looked at: time alone can make it wrong.
 */
import type { Queryable } from '@rideshare/postgres';

/** What ids of changed things are ids of. */
export type Subject = 'trips' | 'drivers' | 'payments' | 'accounts';

/** How far a partition of the log had been written. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: number;
}

/** A moment up to which everything has been looked at. */
export interface Watermark {
  readonly at: Date;
  readonly positions: readonly Position[];
}

/** What a look at the changes is restricted to. */
export interface Changes {
  readonly ids: Readonly<Record<Subject, readonly string[]>>;
  readonly window: readonly Position[];
  /** Rows that carry a time and nothing else are looked at from here on. */
  readonly since: Date;
}

/**
 * How far behind the last look a row's own time may lie and still be looked at again. Longer than any bound that a check
 * waits for, and than a command takes from its first try to its commit unless a client repeats it late.
 */
export const LOOK_BACK_MS = 15 * 60_000;

/** The moment that this transaction sees. */
export async function readWatermark(tx: Queryable): Promise<Watermark> {
  const { rows: positions } = await tx.query<Position>(
    'select topic, partition, next as log_offset from event_log.log_partitions order by topic, partition',
  );
  const { rows } = await tx.query<{ at: Date }>('select transaction_timestamp() as at');
  return { at: rows[0]?.at ?? new Date(0), positions };
}

/** The smallest UUIDv7 of a moment: ids carry the time at which they were made. */
export function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

const WINDOW = `
  select log.topic, log.key, log.envelope -> 'data' as data
  from jsonb_to_recordset($3::jsonb) as since (topic text, partition int, log_offset bigint)
  cross join lateral (
    select topic, key, envelope from event_log.records
    where topic = since.topic and partition = since.partition and log_offset >= since.log_offset) log
  where since.topic like '%.events' and since.topic not like '%notification.events'`;

const OUTBOXES = ['trip', 'driver', 'payment', 'user']
  .map((schema) => `select topic, key, envelope -> 'data' as data from "${schema}".outbox`)
  .join(' union all ');

/** An id, where the text is one: what is not an id is for other checks to find. */
const idIn = (text: string) =>
  `case when ${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (${text})::uuid end`;

// $1 the time since, $2 the smallest id of that time, $3 the window of the log
const CHANGED = `
  with told as materialized (
    select distinct topic, ${idIn('key')} as key, ${idIn("data ->> 'tripId'")} as trip_id,
      ${idIn("data ->> 'driverId'")} as driver_id
    from (${WINDOW} union all ${OUTBOXES}) news
  ), trips as materialized (
    select id from trip.trips where changed_at >= $1
    union select id from trip.trips where due_at is not null
    union select id from trip.trips where id >= $2::uuid
    union select trip_id from trip.trip_events where event_id >= $2::uuid
    union select trip_id from told
    union select key from told where topic like '%trip.events' or topic like '%payment.events'
  ), payments as materialized (
    select id from payment.payments where updated_at >= $1
    union select id from payment.payments where status in ('pending', 'authorized', 'unknown')
    union select payment_id from payment.payment_ops where state in ('sent', 'unknown')
    union select payment_id from payment.payment_ops where id >= $2::uuid
    union select payment_id from payment.ledger_journals where id >= $2::uuid
    union select payment_id from payment.refunds where id >= $2::uuid
    union select payments.id from payment.payments join trips on trips.id = payments.trip_id
  ), drivers as materialized (
    select driver_id as id from driver.driver_slots where state <> 'offline'
    union select driver_id from driver.driver_slots where changed_at >= $1
    union select driver_id from driver.offers where offer_id >= $2::uuid
    union select driver_id from told where driver_id is not null
    union select key from told where topic like '%user.events'
  ), accounts as materialized (
    select id from "user".accounts where updated_at >= $1
    union select account_id from "user".sessions where refreshed_at >= $1 and ended_at is null
    union select account_id from "user".sessions where ended_at >= $1 and ended_at is not null
    union select key from told where topic like '%user.events'
  )
  select 'trips' as subject, id from trips where id is not null
  union all select 'payments', id from payments where id is not null
  union all select 'drivers', id from drivers where id is not null
  union all select 'accounts', id from accounts where id is not null`;

/** What has changed since `watermark`. */
export async function readChanges(tx: Queryable, { at, positions }: Watermark): Promise<Changes> {
  const since = new Date(at.getTime() - LOOK_BACK_MS);
  const window = await withNewPartitions(tx, positions);
  const { rows } = await tx.query<{ subject: Subject; id: string }>(CHANGED, [
    since,
    firstIdAt(since),
    JSON.stringify(window),
  ]);
  const ids: Record<Subject, string[]> = { trips: [], drivers: [], payments: [], accounts: [] };
  for (const { id, subject } of rows) ids[subject].push(id);
  return { ids, window, since };
}

/** A partition that was not there at the last look is looked at from its beginning. */
async function withNewPartitions(tx: Queryable, positions: readonly Position[]): Promise<readonly Position[]> {
  const known = new Set(positions.map(({ partition, topic }) => `${topic}/${String(partition)}`));
  const { positions: now } = await readWatermark(tx);
  const added = now.filter(({ partition, topic }) => !known.has(`${topic}/${String(partition)}`));
  return [...positions, ...added.map((each) => ({ ...each, log_offset: 0 }))];
}
