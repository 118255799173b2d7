import type { Published } from './log.ts';
import { declaredTopic } from './embedded-topics.ts';
import type { LogContext } from './embedded-topics.ts';
import { IN_SHARDS } from './pg-outbox.ts';

/**
 * Moves events from the outbox into the log, inside the server.
 *
 * The outbox rows are locked in the order of their ids: a second relay waits for the first, finds its rows gone, and goes
 * on behind them, so that not even two owners at once publish twice or out of order. The partitions are locked next, in
 * their order, as every append does.
 *
 * What belongs to a topic that the log does not have stays where it is, counted as backlog, until the log has it; the
 * others go past it. A topic has a place once its partitions are there, which come together and after it.
 */
const MOVE = `
  with oldest as (
    select id from outbox where ${IN_SHARDS} and topic = any (array(
      select substr(topic, length($3) + 2) from event_log.log_partitions
      where partition = 0 and starts_with(topic, $3 || '.')
    ))
    order by id limit $2 for update
  ), taken as (
    delete from outbox using oldest where outbox.id = oldest.id returning outbox.*
  ), placed as (
    select taken.*, t.topic as stored, (taken.key_hash % t.partitions)::int as partition,
      row_number() over (partition by t.topic, taken.key_hash % t.partitions order by taken.id) - 1 as rank
    from taken join event_log.log_topics as t on t.topic = $3 || '.' || taken.topic
  ), wanted as (
    select stored as topic, partition, count(*) as records from placed group by stored, partition
  ), locked as (
    select p.topic, p.partition, wanted.records
    from event_log.log_partitions as p join wanted using (topic, partition)
    order by p.topic, p.partition for update of p
  ), numbered as (
    update event_log.log_partitions as p set next = p.next + locked.records
    from locked where p.topic = locked.topic and p.partition = locked.partition
    returning p.topic, p.partition, p.next - locked.records as first
  ), inserted as (
    insert into event_log.records (topic, partition, log_offset, key, type, event_id, headers, envelope)
    select n.topic, n.partition, n.first + placed.rank, placed.key, placed.type, placed.event_id, placed.headers,
      placed.envelope
    from placed join numbered as n on n.topic = placed.stored and n.partition = placed.partition
  )
  select stored as topic, count(*) as events from placed group by stored`;

/** Publishes what is due of `shards`; returns what that was, by topic. */
export async function moveOutbox(
  { database, prefix }: LogContext,
  shards: readonly number[],
  limit: number,
): Promise<readonly (Published & { readonly stored: string })[]> {
  const { rows } = await database.query<{ topic: string; events: number }>(MOVE, [shards, limit, prefix]);
  return rows.map(({ topic, events }) => ({ topic: declaredTopic(prefix, topic), events, stored: topic }));
}
