/** The tables of a consumer: inbox, stream heads, parked events, retries, dead letters, counts. */
import type { Topic } from '@rideshare/contracts';
import type { Queryable } from '@rideshare/postgres';
import type { Failure, StoredRecord } from './delivery.ts';
import type { Headers } from './log.ts';

/** What a group already knows about some streams and events. */
export interface KnownState {
  readonly heads: ReadonlyMap<string, number>;
  /** Ids of events that had their effect. */
  readonly seen: ReadonlySet<string>;
  /** Streams with parked events. */
  readonly parkedStreams: ReadonlySet<string>;
  /** Streams with events that wait for a retry. */
  readonly retriedStreams: ReadonlySet<string>;
}

/** An event that waits, with what its envelope said. */
export interface WaitingEvent {
  readonly record: StoredRecord;
  readonly eventId: string;
  readonly stream: string;
  readonly sequence: number;
}

/** An event that failed and waits for its next attempt. */
export interface RetryingEvent extends WaitingEvent {
  readonly attempts: number;
  readonly firstFailedAt: Date;
}

/** A failed event and when it is tried again. */
export interface NewRetry extends WaitingEvent {
  readonly attempts: number;
  readonly failure: Failure;
  /** Set when it failed before. */
  readonly firstFailedAt?: Date;
  readonly delayMs: number;
}

/** An event that was given up; what could not be read of it is missing. */
export interface NewDeadLetter {
  readonly record: StoredRecord;
  readonly eventId?: string;
  readonly stream?: string;
  readonly sequence?: number;
  readonly attempts: number;
  readonly failure: Failure;
  readonly firstFailedAt?: Date;
}

/** How many records of a topic came to what. */
export interface Counts {
  consumed: number;
  applied: number;
  skipped: number;
  parked: number;
  dead: number;
}

interface WaitingRow {
  readonly event_id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: number;
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: unknown;
}

function toWaiting(row: WaitingRow): WaitingEvent {
  const { key, partition, headers, envelope } = row;
  const type = (envelope as { readonly type: string }).type; // only events with a readable envelope wait
  const record = { topic: row.topic as Topic, partition, offset: row.log_offset, key, type, headers, envelope };
  return { record, eventId: row.event_id, stream: row.stream, sequence: row.sequence };
}

const WAITING_COLUMNS = 'event_id, stream, sequence, topic, partition, log_offset, key, headers, envelope';

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

/** Reads, in one go, what the group knows about the streams and events of a batch. */
export async function loadState(
  tx: Queryable,
  group: string,
  streams: readonly string[],
  eventIds: readonly string[],
): Promise<KnownState> {
  const { rows } = await tx.query<{ kind: 'head' | 'seen' | 'parked' | 'retried'; id: string; sequence: number }>(
    LOAD,
    [group, streams, eventIds],
  );
  const ids = (kind: string) => rows.filter((row) => row.kind === kind).map(({ id }) => id);
  return {
    heads: new Map(rows.filter(({ kind }) => kind === 'head').map(({ id, sequence }) => [id, sequence])),
    seen: new Set(ids('seen')),
    parkedStreams: new Set(ids('parked')),
    retriedStreams: new Set(ids('retried')),
  };
}

/** The parked events that match `condition`, a text of ours; the last of `values` is the most there may be. */
export async function findParked(
  queryable: Queryable,
  condition: string,
  values: readonly unknown[],
  lock: '' | 'for update' = '',
): Promise<WaitingEvent[]> {
  const { rows } = await queryable.query<WaitingRow>(
    `select ${WAITING_COLUMNS} from parked_events where ${condition}
     order by stream, sequence limit $${String(values.length)} ${lock}`,
    values,
  );
  return rows.map(toWaiting);
}

/** The parked events of `streams`, from the front of each. */
export function loadParked(tx: Queryable, group: string, streams: readonly string[]): Promise<WaitingEvent[]> {
  return findParked(tx, 'group_name = $1 and stream = any ($2::text[])', [group, streams, PARKED_LOADED_MAX]);
}

/** What a batch adds to what a group knows. */
export interface Progress {
  readonly heads: ReadonlyMap<string, number>;
  readonly seen: readonly string[];
  readonly counts: ReadonlyMap<Topic, Counts>;
}

// an inbox row that is there already fails the batch: nothing has its effect twice, whatever else went wrong
const SAVE = `
  with heads as (
    insert into stream_heads as held (group_name, stream, sequence)
    select $1, * from unnest($2::text[], $3::bigint[]) order by 2
    on conflict (group_name, stream) do update set sequence = excluded.sequence where held.sequence < excluded.sequence
  ), seen as (
    insert into inbox (group_name, event_id) select $1, unnest($4::uuid[])
  )
  insert into consumer_counts as held (group_name, topic, consumed, applied, skipped, parked, dead)
  select $1, * from unnest($5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[]) order by 2
  on conflict (group_name, topic) do update set
    consumed = held.consumed + excluded.consumed, applied = held.applied + excluded.applied,
    skipped = held.skipped + excluded.skipped, parked = held.parked + excluded.parked, dead = held.dead + excluded.dead`;

/** Writes heads, inbox and counts of a batch. */
export async function saveProgress(tx: Queryable, group: string, { heads, seen, counts }: Progress): Promise<void> {
  const figures = [...counts.values()];
  await tx.query(SAVE, [
    group,
    [...heads.keys()],
    [...heads.values()],
    seen,
    [...counts.keys()],
    figures.map(({ consumed }) => consumed),
    figures.map(({ applied }) => applied),
    figures.map(({ skipped }) => skipped),
    figures.map(({ parked }) => parked),
    figures.map(({ dead }) => dead),
  ]);
}

function waitingValues(events: readonly WaitingEvent[]): unknown[] {
  return [
    events.map(({ eventId }) => eventId),
    events.map(({ stream }) => stream),
    events.map(({ sequence }) => sequence),
    events.map(({ record }) => record.topic),
    events.map(({ record }) => record.partition),
    events.map(({ record }) => record.offset),
    events.map(({ record }) => record.key),
    events.map(({ record }) => JSON.stringify(record.headers)),
    events.map(({ record }) => JSON.stringify(record.envelope)),
  ];
}

const WAITING_ARRAYS =
  '$2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::bigint[], $8::text[], $9::jsonb[], $10::jsonb[]';

/** Parks events behind the gap before them; returns those that were not there yet. */
export async function insertParked(
  tx: Queryable,
  group: string,
  events: readonly WaitingEvent[],
): Promise<Pick<WaitingEvent, 'stream' | 'sequence'>[]> {
  const { rows } = await tx.query<Pick<WaitingEvent, 'stream' | 'sequence'>>(
    `insert into parked_events (group_name, ${WAITING_COLUMNS}) select $1, * from unnest(${WAITING_ARRAYS})
     on conflict do nothing returning stream, sequence`,
    [group, ...waitingValues(events)],
  );
  return rows;
}

/** Removes parked events; returns how many there were. */
export async function deleteParked(
  tx: Queryable,
  group: string,
  events: readonly Pick<WaitingEvent, 'stream' | 'sequence'>[],
): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from parked_events using unnest($2::text[], $3::bigint[]) as gone (stream, sequence)
     where group_name = $1 and parked_events.stream = gone.stream and parked_events.sequence = gone.sequence`,
    [group, events.map(({ stream }) => stream), events.map(({ sequence }) => sequence)],
  );
  return rowCount;
}

/** Takes the retries of `stream` up to `sequence` away; returns the topics they were of. */
export async function deleteOvertakenRetries(
  tx: Queryable,
  group: string,
  stream: string,
  sequence: number,
): Promise<Topic[]> {
  const { rows } = await tx.query<{ topic: Topic }>(
    'delete from event_retries where group_name = $1 and stream = $2 and sequence <= $3 returning topic',
    [group, stream, sequence],
  );
  return rows.map(({ topic }) => topic);
}

/** Schedules the next attempt of events that failed; returns the ids of those that did not wait for one already. */
export async function insertRetries(tx: Queryable, group: string, retries: readonly NewRetry[]): Promise<string[]> {
  const { rows } = await tx.query<{ event_id: string }>(
    `insert into event_retries
       (group_name, ${WAITING_COLUMNS}, attempts, code, message, first_failed_at, due_at)
     select $1, event_id, stream, sequence, topic, partition, log_offset, key, headers, envelope, attempts, code, message,
       coalesce(first_failed_at, clock_timestamp()), clock_timestamp() + delay_ms * interval '1 millisecond'
     from unnest(${WAITING_ARRAYS}, $11::int[], $12::text[], $13::text[], $14::timestamptz[], $15::float8[])
       as failed (${WAITING_COLUMNS}, attempts, code, message, first_failed_at, delay_ms)
     on conflict do nothing returning event_id`,
    [
      group,
      ...waitingValues(retries),
      retries.map(({ attempts }) => attempts),
      retries.map(({ failure }) => failure.code),
      retries.map(({ failure }) => failure.message),
      retries.map(({ firstFailedAt }) => firstFailedAt ?? null),
      retries.map(({ delayMs }) => delayMs),
    ],
  );
  return rows.map((row) => row.event_id);
}

/** The retries that are due, the oldest first within their streams. */
export async function findDueRetries(database: Queryable, group: string, limit: number): Promise<RetryingEvent[]> {
  const { rows } = await database.query<WaitingRow & { attempts: number; first_failed_at: Date }>(
    `select ${WAITING_COLUMNS}, attempts, first_failed_at from event_retries
     where group_name = $1 and due_at <= clock_timestamp() order by stream, sequence limit $2`,
    [group, limit],
  );
  return rows.map((row) => ({ ...toWaiting(row), attempts: row.attempts, firstFailedAt: row.first_failed_at }));
}

/** Takes a retry away; false when it is gone, so that somebody else has dealt with it. */
export async function deleteRetry(tx: Queryable, group: string, eventId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from event_retries where group_name = $1 and event_id = $2', [
    group,
    eventId,
  ]);
  return rowCount === 1;
}

/** Puts events among the dead letters. */
export async function insertDeadLetters(
  tx: Queryable,
  group: string,
  letters: readonly NewDeadLetter[],
): Promise<void> {
  for (const { record, eventId, stream, sequence, attempts, failure, firstFailedAt } of letters) {
    await tx.query(
      `insert into dead_letters (group_name, topic, partition, log_offset, key, type, event_id, stream, sequence, headers,
         envelope, attempts, code, message, first_failed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, coalesce($15, clock_timestamp()))`,
      [
        group,
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.type,
        eventId ?? null,
        stream ?? null,
        sequence ?? null,
        JSON.stringify(record.headers),
        JSON.stringify(record.envelope),
        attempts,
        failure.code,
        failure.message,
        firstFailedAt ?? null,
      ],
    );
  }
}
