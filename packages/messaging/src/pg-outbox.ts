import type { Envelope, Topic } from '@rideshare/contracts';
import type { Database, PgTransaction } from '@rideshare/postgres';
import type { Headers } from './log.ts';
import { OUTBOX_SHARDS, outboxChannel } from './outbox-store.ts';
import type { OutboxRow, OutboxStore } from './outbox-store.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import { hashOf } from './partition.ts';

/** An event with the trace that it was written in. */
interface Outgoing {
  readonly event: OutgoingEvent;
  readonly headers: string;
}

/** Has events written just before the commit, together with all others of the transaction. */
export function collectForOutbox(tx: PgTransaction, events: readonly OutgoingEvent[], trace: Headers): void {
  const headers = JSON.stringify(trace);
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

interface Row {
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: Envelope;
}

/** Picks the outbox rows of the shards that are its first parameter; a text for the `where` of a statement. */
export const IN_SHARDS = `key_hash % ${String(OUTBOX_SHARDS)} = any ($1::bigint[])`;

async function oldest(database: Database, shards: readonly number[], limit: number): Promise<readonly OutboxRow[]> {
  const { rows } = await database.query<Row>(
    `select id, topic, key, headers, envelope from outbox where ${IN_SHARDS} order by id limit $2`,
    [shards, limit],
  );
  return rows.map(({ topic, ...row }) => ({ ...row, topic: topic as Topic })); // only appendToOutbox writes here
}

/** The outbox in the schema of `database`. */
export function createPgOutbox(database: Database): OutboxStore {
  return {
    oldest: (shards, limit) => oldest(database, shards, limit),
    async remove(gone) {
      await database.query('delete from outbox where id = any ($1::bigint[])', [gone.map(({ id }) => id)]);
    },
    async backlog() {
      const { rows } = await database.query<{ events: number; oldest_age_s: number }>(
        `select count(*) as events,
           coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_age_s from outbox`,
      );
      return { events: rows[0]?.events ?? 0, oldestAgeS: rows[0]?.oldest_age_s ?? 0 };
    },
    async onAppend(hear) {
      const { rows } = await database.query<{ schema: string }>('select current_schema() as schema');
      return database.listen(outboxChannel(rows[0]?.schema ?? ''), hear);
    },
  };
}
