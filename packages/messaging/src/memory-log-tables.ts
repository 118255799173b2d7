/** The log in memory: its tables, which all schemas of a server share, and what is done to partitions in them. */
import { topics as declaredTopics } from '@rideshare/contracts';
import type { Topic } from '@rideshare/contracts';
import { defineTable } from '@rideshare/memory';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { Headers, LogRecord, NewRecord } from './log.ts';
import { partitionOf } from './partition.ts';

/** What the parts of the log share. */
export interface MemoryLogContext {
  readonly database: MemoryDatabase;
  readonly prefix: string;
  /** Those of every topic, in place of what is declared for it. */
  readonly partitions?: number;
}

/** One partition of one topic; its name is its key. */
export interface Lane {
  readonly name: string;
  readonly topic: Topic;
  readonly partition: number;
}

/** The records of one partition that are there: from `first` up to, not including, `next`. */
export interface MemorySpan {
  readonly first: number;
  readonly next: number;
}

interface StoredRecord {
  readonly key: string;
  readonly type: string;
  readonly headers: Headers;
  readonly envelope: unknown;
  readonly appendedAt: Date;
}

/** One owner per consumer group. Each new owner raises the generation, which fences the one before. */
interface GroupRow {
  readonly owner: string | undefined;
  readonly until: Date;
  readonly generation: number;
}

/** Where a group is in a partition. */
interface OffsetRow {
  readonly group: string;
  readonly next: number;
  /** Where the group began: past 0, the beginnings of old streams were gone already. */
  readonly first: number;
  readonly generation: number;
}

const spans = defineTable<MemorySpan>('event_log.log_partitions', { shared: true });
const records = defineTable<StoredRecord>('event_log.records', { shared: true });

/** By name. */
export const groups = defineTable<GroupRow>('event_log.consumer_groups', { shared: true });

/** By group and lane. */
export const offsets = defineTable<OffsetRow>('event_log.consumer_offsets', { shared: true });

/** The name under which what comes into a topic is told. */
export function storedName({ prefix }: MemoryLogContext, topic: Topic): string {
  return `${prefix}.${topic}`;
}

function laneOf(context: MemoryLogContext, topic: Topic, partition: number): Lane {
  return { name: `${storedName(context, topic)}/${String(partition)}`, topic, partition };
}

/** All partitions of some topics. */
export function lanesOf(context: MemoryLogContext, topics: readonly Topic[]): readonly Lane[] {
  return topics.flatMap((topic) =>
    Array.from({ length: context.partitions ?? declaredTopics[topic].partitions }, (_, partition) =>
      laneOf(context, topic, partition),
    ),
  );
}

/** The key of a group's place in a lane. */
export function offsetKey(group: string, lane: Lane): string {
  return `${group}\n${lane.name}`;
}

function recordKey(lane: Lane, offset: number): string {
  return `${lane.name}/${String(offset)}`;
}

/** What a lane holds. */
export function spanOf(reader: TableReader, lane: Lane): MemorySpan {
  return reader.get(spans, lane.name) ?? { first: 0, next: 0 };
}

/**
 * Appends in the order given, and tells the listeners once that is committed. Where the records come is decided at the
 * commit, as by a broker: those who write to one partition do not get into each other's way.
 */
export function append(tx: MemoryTransaction, context: MemoryLogContext, added: readonly NewRecord[]): void {
  const { database } = tx;
  tx.beforeCommit((writer) => {
    const appendedAt = database.now();
    for (const { topic, key, headers, envelope } of added) {
      const lane = laneOf(context, topic, partitionOf(key, context.partitions ?? declaredTopics[topic].partitions));
      const { first, next } = spanOf(writer, lane);
      writer.put(records, recordKey(lane, next), { key, type: envelope.type, headers, envelope, appendedAt });
      writer.put(spans, lane.name, { first, next: next + 1 });
    }
  });
  tx.afterCommit(() => {
    for (const topic of new Set(added.map((record) => record.topic))) {
      database.notify(MEMORY_LOG_CHANNEL, storedName(context, topic));
    }
  });
}

/** The channel on which the names of topics are told that something came into. */
export const MEMORY_LOG_CHANNEL = 'event_log';

/** At most `limit` records of a lane, from an offset on. */
export function recordsFrom(
  reader: TableReader,
  lane: Lane,
  { from, limit, fromBeginning }: { readonly from: number; readonly limit: number; readonly fromBeginning: boolean },
): readonly LogRecord[] {
  const { first, next } = spanOf(reader, lane);
  const found: LogRecord[] = [];
  for (let offset = Math.max(from, first); offset < next && found.length < limit; offset += 1) {
    const record = reader.get(records, recordKey(lane, offset));
    const { topic, partition } = lane;
    if (record) found.push({ ...record, topic, partition, offset, fromBeginning });
  }
  return found;
}

/** The first offset of a lane that was appended at `since` or later. */
export function firstOffsetSince(reader: TableReader, lane: Lane, since: Date): number {
  let { first: low, next: high } = spanOf(reader, lane);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const record = reader.get(records, recordKey(lane, middle));
    // a record that is gone was old
    if (record && record.appendedAt >= since) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Drops the records of a lane below `until`. */
export function dropBelow(tx: MemoryTransaction, lane: Lane, until: number): void {
  const { first, next } = spanOf(tx, lane);
  for (let offset = first; offset < until; offset += 1) tx.remove(records, recordKey(lane, offset));
  if (until > first) tx.put(spans, lane.name, { first: until, next });
}
