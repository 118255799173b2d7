/** The memory of a consumer group in the tables of its service. */
import type { Database, PgTransaction, Queryable } from '@rideshare/postgres';
import type {
  ConsumerReader,
  ConsumerStore,
  ConsumerWriter,
  KnownState,
  RetryingEvent,
  WaitingEvent,
  WaitingFigures,
} from './consumer-store.ts';
import { findParked, toWaiting, WAITING_COLUMNS } from './pg-consumer-rows.ts';
import type { WaitingRow } from './pg-consumer-rows.ts';
import {
  deleteOvertakenRetries,
  deleteParked,
  deleteRetry,
  insertDeadLetters,
  insertParked,
  insertRetries,
  saveProgress,
} from './pg-consumer-writes.ts';

// a stream that fills its gap with more than this behind it is drained by the sweeps that follow
const PARKED_LOADED_MAX = 1_000;

const LOAD = `
  select 'head' as kind, stream as id, sequence from stream_heads where group_name = $1 and stream = any ($2::text[])
  union all
  select 'seen', event_id::text, 0 from inbox where group_name = $1 and event_id = any ($3::uuid[])
  union all
  select 'parked', stream, 0 from parked_events where group_name = $1 and stream = any ($2::text[])
  union all
  select 'retried', stream, 0 from event_retries where group_name = $1 and stream = any ($2::text[])`;

async function loadState(
  queryable: Queryable,
  group: string,
  streams: readonly string[],
  eventIds: readonly string[],
): Promise<KnownState> {
  const { rows } = await queryable.query<{
    kind: 'head' | 'seen' | 'parked' | 'retried';
    id: string;
    sequence: number;
  }>(LOAD, [group, streams, eventIds]);
  const ids = (kind: string) => rows.filter((row) => row.kind === kind).map(({ id }) => id);
  return {
    heads: new Map(rows.filter(({ kind }) => kind === 'head').map(({ id, sequence }) => [id, sequence])),
    seen: new Set(ids('seen')),
    parkedStreams: new Set(ids('parked')),
    retriedStreams: new Set(ids('retried')),
  };
}

async function findDueRetries(database: Queryable, group: string, limit: number): Promise<RetryingEvent[]> {
  const { rows } = await database.query<WaitingRow & { attempts: number; first_failed_at: Date }>(
    `select ${WAITING_COLUMNS}, attempts, first_failed_at from event_retries
     where group_name = $1 and due_at <= clock_timestamp() order by stream, sequence limit $2`,
    [group, limit],
  );
  return rows.map((row) => ({ ...toWaiting(row), attempts: row.attempts, firstFailedAt: row.first_failed_at }));
}

/** Parked events that nothing is missing before: left over where two owners met. */
function findDrainable(database: Database, group: string, limit: number): Promise<WaitingEvent[]> {
  return findParked(
    database,
    `group_name = $1 and sequence <= 1 + coalesce((
       select h.sequence from stream_heads as h where h.group_name = $1 and h.stream = parked_events.stream), 0)`,
    [group, limit],
  );
}

async function takeStaleParked(
  tx: PgTransaction,
  group: string,
  olderThanS: number,
  limit: number,
): Promise<WaitingEvent[]> {
  const old = await findParked(
    tx,
    `group_name = $1 and parked_at < clock_timestamp() - ${String(olderThanS)} * interval '1 second'
     and not exists (
       select from event_retries as r where r.group_name = $1 and r.stream = parked_events.stream)`,
    [group, limit],
    'for update',
  );
  if (old.length === 0) return [];
  await tx.query('delete from parked_events where group_name = $1 and event_id = any ($2::uuid[])', [
    group,
    old.map(({ eventId }) => eventId),
  ]);
  return old;
}

async function countParked(database: Database, group: string, olderThanS: number): Promise<number> {
  const { rows } = await database.query<{ events: number }>(
    `select count(*) as events from parked_events
     where group_name = $1 and parked_at < clock_timestamp() - $2 * interval '1 second'`,
    [group, olderThanS],
  );
  return rows[0]?.events ?? 0;
}

async function purgeInbox(database: Database, group: string, olderThanD: number, limit: number): Promise<void> {
  await database.query(
    `delete from inbox where ctid = any (array(
       select ctid from inbox
       where group_name = $1 and processed_at < clock_timestamp() - $2 * interval '1 day' limit $3))`,
    [group, olderThanD, limit],
  );
}

async function readFigures(database: Database, group: string): Promise<WaitingFigures> {
  const { rows } = await database.query<WaitingFigures>(
    `select (select count(*) from event_retries where group_name = $1) as retries,
       (select count(*) from dead_letters where group_name = $1) as "deadLetters",
       count(*) as parked,
       coalesce(extract(epoch from clock_timestamp() - min(parked_at)), 0)::float8 as "oldestParkedAgeS"
     from parked_events where group_name = $1`,
    [group],
  );
  return rows[0] ?? { parked: 0, oldestParkedAgeS: 0, retries: 0, deadLetters: 0 };
}

function readerOn(queryable: Queryable, group: string): ConsumerReader {
  return {
    loadState: (streams, eventIds) => loadState(queryable, group, streams, eventIds),
    loadParked: (streams) =>
      findParked(queryable, 'group_name = $1 and stream = any ($2::text[])', [group, streams, PARKED_LOADED_MAX]),
  };
}

function writerOn(tx: PgTransaction, group: string): ConsumerWriter {
  return {
    ...readerOn(tx, group),
    transaction: tx,
    writeCollected: () => tx.writeCollected(),
    saveProgress: (progress) => saveProgress(tx, group, progress),
    insertParked: (events) => insertParked(tx, group, events),
    deleteParked: (events) => deleteParked(tx, group, events),
    takeStaleParked: (olderThanS, limit) => takeStaleParked(tx, group, olderThanS, limit),
    insertRetries: (retries) => insertRetries(tx, group, retries),
    deleteRetry: ({ eventId }) => deleteRetry(tx, group, eventId),
    deleteOvertakenRetries: (stream, sequence) => deleteOvertakenRetries(tx, group, stream, sequence),
    insertDeadLetters: (letters) => insertDeadLetters(tx, group, letters),
  };
}

/** What `group` keeps in the schema of `database`. */
export function createPgConsumerStore(database: Database, group: string): ConsumerStore {
  return {
    ...readerOn(database, group),
    transaction: (work) => database.transaction((tx) => work(writerOn(tx, group))),
    findDueRetries: (limit) => findDueRetries(database, group, limit),
    findDrainable: (limit) => findDrainable(database, group, limit),
    countParked: (olderThanS) => countParked(database, group, olderThanS),
    purgeInbox: (olderThanD, limit) => purgeInbox(database, group, olderThanD, limit),
    figures: () => readFigures(database, group),
  };
}
