import type { Database, Queryable } from '@rideshare/postgres';
import { createEmbeddedMember } from './embedded-member.ts';
import { moveOutbox } from './embedded-outbox.ts';
import { purgeRecords } from './embedded-retention.ts';
import { createEmbeddedTail } from './embedded-tail.ts';
import { ensureTopics, storedTopic } from './embedded-topics.ts';
import type { LogContext } from './embedded-topics.ts';
import type { EventLog, NewRecord } from './log.ts';
import { partitionOf } from './partition.ts';

/** Where the log is, and what the names of its topics begin with. */
export interface EmbeddedLogOptions {
  readonly database: Database;
  /** `KAFKA_TOPIC_PREFIX`. */
  readonly prefix: string;
}

const CHANNEL = 'event_log';

interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly record: NewRecord;
}

/**
 * Takes the next offsets of every partition of the batch.
 *
 * The row locks are taken in one order, so that appends of several partitions cannot wait for one another in a circle,
 * and held until the commit, so that no reader sees an offset before a smaller one.
 */
const TAKE_OFFSETS = `
  with locked as (
    select p.topic, p.partition, wanted.records
    from event_log.log_partitions as p
    join unnest($1::text[], $2::int[], $3::int[]) as wanted (topic, partition, records) using (topic, partition)
    order by p.topic, p.partition for update of p
  )
  update event_log.log_partitions as p set next = p.next + locked.records
  from locked where p.topic = locked.topic and p.partition = locked.partition
  returning p.topic, p.partition, p.next - locked.records as first`;

const INSERT_RECORDS = `
  insert into event_log.records (topic, partition, log_offset, key, type, event_id, headers, envelope)
  select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::uuid[], $7::jsonb[], $8::jsonb[])`;

async function append(tx: Queryable, placed: readonly Placed[]): Promise<void> {
  const batches = Map.groupBy(placed, ({ topic, partition }) => `${topic}/${String(partition)}`);
  const heads = [...batches.values()].flatMap((batch) =>
    batch.slice(0, 1).map((head) => ({ head, size: batch.length })),
  );
  const { rows } = await tx.query<{ topic: string; partition: number; first: number }>(TAKE_OFFSETS, [
    heads.map(({ head }) => head.topic),
    heads.map(({ head }) => head.partition),
    heads.map(({ size }) => size),
  ]);
  const located = rows.flatMap(({ topic, partition, first }) =>
    (batches.get(`${topic}/${String(partition)}`) ?? []).map((each, index) => ({ ...each, offset: first + index })),
  );
  await tx.query(INSERT_RECORDS, [
    located.map(({ topic }) => topic),
    located.map(({ partition }) => partition),
    located.map(({ offset }) => offset),
    located.map(({ record }) => record.key),
    located.map(({ record }) => record.envelope.type),
    located.map(({ record }) => record.envelope.id),
    located.map(({ record }) => JSON.stringify(record.headers)),
    located.map(({ record }) => JSON.stringify(record.envelope)),
  ]);
}

/**
 * The durable log of the embedded profile, in schema `event_log` of the services' database.
 *
 * @remarks For one machine: topics, partitions, groups with one owner each, committed offsets, retention, wake-up.
 */
export function createEmbeddedLog(options: EmbeddedLogOptions): EventLog {
  const { database, prefix } = options;
  const context: LogContext = { database, prefix };
  let ready: Promise<ReadonlyMap<string, number>> | undefined;
  const partitions = (): Promise<ReadonlyMap<string, number>> => {
    ready ??= ensureTopics(context).catch((error: unknown) => {
      ready = undefined; // the next call tries again
      throw error;
    });
    return ready;
  };

  const tell = (topics: Iterable<string>): void => {
    for (const topic of topics) database.notify(CHANNEL, topic);
  };

  return {
    async publish(records, { durable = true } = {}) {
      if (records.length === 0) return;
      const counts = await partitions();
      const placed = records.map((record) => {
        const topic = storedTopic(prefix, record.topic);
        return { topic, partition: partitionOf(record.key, counts.get(topic) ?? 1), record };
      });
      await database.transaction(async (tx) => {
        // the locks on the partitions are held until the commit: without the wait for the disk they are short
        if (!durable) await tx.query('set local synchronous_commit = off');
        await append(tx, placed);
      });
      tell(new Set(placed.map(({ topic }) => topic)));
    },
    atomicWith: (other) => {
      if (other !== database) return undefined;
      return {
        moveOutbox: async (shards, limit) => {
          await partitions();
          const moved = await moveOutbox(context, shards, limit);
          tell(moved.map(({ stored }) => stored));
          return moved;
        },
      };
    },
    async join(membership) {
      await partitions();
      return createEmbeddedMember(context, membership);
    },
    tail: (tailOptions) => createEmbeddedTail(context, tailOptions),
    onAppend(topics, wake) {
      const wanted = new Set(topics.map((topic) => storedTopic(prefix, topic)));
      return database.listen(CHANNEL, (topic) => {
        if (topic === '' || wanted.has(topic)) wake();
      });
    },
    maintain: () => purgeRecords(context),
  };
}
