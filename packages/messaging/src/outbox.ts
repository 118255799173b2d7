import type { Envelope, Topic } from '@rideshare/contracts';
import { traceHeaders } from '@rideshare/observability';
import type { MemoryTransaction } from '@rideshare/memory';
import type { PgTransaction, Queryable } from '@rideshare/postgres';
import type { Headers, NewRecord } from './log.ts';
import { appendInMemory } from './memory-outbox.ts';
import { outboxChannel } from './outbox-channel.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import { hashOf } from './partition.ts';

/** Each shard has one relay at a time; stored rows depend on the number. */
export const OUTBOX_SHARDS = 4;

/** An event with the trace that it was written in. */
interface Outgoing {
  readonly event: OutgoingEvent;
  readonly headers: string;
}

/**
 * Puts events into the outbox, in the transaction of the change they tell of, after its guarded statement. They are
 * written just before the commit, in the order in which they came.
 *
 * @remarks The trace that is active now stays with each event; the relay, which runs in nobody's trace, passes it on.
 * In memory they are written at once, which nobody can tell before the commit.
 */
export function appendToOutbox(tx: PgTransaction | MemoryTransaction, events: readonly OutgoingEvent[]): void {
  if (events.length === 0) return;
  if (tx.kind === 'memory') {
    appendInMemory(tx, events, traceHeaders());
    return;
  }
  const headers = JSON.stringify(traceHeaders());
  tx.collect(
    writeOutbox,
    events.map((event) => ({ event, headers })),
  );
}

async function writeOutbox(tx: PgTransaction, outgoing: readonly Outgoing[]): Promise<void> {
  const events = outgoing.map(({ event }) => event);
  // `ordinality` keeps the ids in the order of the array: ids of a key follow its versions
  const { rows } = await tx.query<{ schema: string }>(
    `insert into outbox (key_hash, topic, key, type, event_id, headers, envelope)
     select key_hash, topic, key, type, event_id, headers, envelope
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::jsonb[])
       with ordinality as event (key_hash, topic, key, type, event_id, headers, envelope, position)
     order by position
     returning current_schema() as schema`,
    [
      events.map(({ key }) => hashOf(key)),
      events.map(({ topic }) => topic),
      events.map(({ key }) => key),
      events.map(({ envelope }) => envelope.type),
      events.map(({ envelope }) => envelope.id),
      outgoing.map(({ headers }) => headers),
      events.map(({ envelope }) => JSON.stringify(envelope)),
    ],
  );
  const schema = rows[0]?.schema;
  if (schema === undefined) return;
  tx.afterCommit(() => {
    tx.database.notify(outboxChannel(schema));
  });
}

/** An unsent event and the row that holds it. */
export interface OutboxRow extends NewRecord {
  readonly id: number;
}

interface Row {
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: Envelope;
}

/** Picks the outbox rows of the shards that are its first parameter; a text for the `where` of a statement. */
export const IN_SHARDS = `key_hash % ${String(OUTBOX_SHARDS)} = any ($1::bigint[])`;

/** The oldest unsent events of `shards`; they stay. */
export async function readOutbox(
  database: Queryable,
  shards: readonly number[],
  limit: number,
): Promise<readonly OutboxRow[]> {
  const { rows } = await database.query<Row>(
    `select id, topic, key, headers, envelope from outbox where ${IN_SHARDS} order by id limit $2`,
    [shards, limit],
  );
  return rows.map(({ topic, ...row }) => ({ ...row, topic: topic as Topic })); // only appendToOutbox writes here
}

/** Forgets events that are in the log by now. */
export async function deleteFromOutbox(database: Queryable, ids: readonly number[]): Promise<void> {
  await database.query('delete from outbox where id = any ($1::bigint[])', [ids]);
}

/** How many events wait, and for how long the oldest has. */
export async function outboxBacklog(database: Queryable): Promise<{ events: number; oldestAgeS: number }> {
  const { rows } = await database.query<{ events: number; oldest_age_s: number }>(
    `select count(*) as events,
       coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_age_s from outbox`,
  );
  return { events: rows[0]?.events ?? 0, oldestAgeS: rows[0]?.oldest_age_s ?? 0 };
}
