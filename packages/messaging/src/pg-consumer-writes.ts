/** What a consumer writes to its tables in PostgreSQL. */
import type { Topic } from '@rideshare/contracts';
import type { Queryable } from '@rideshare/postgres';
import type { NewDeadLetter, NewRetry, Progress, WaitingEvent } from './consumer-store.ts';
import { WAITING_ARRAYS, WAITING_COLUMNS, waitingValues } from './pg-consumer-rows.ts';

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
