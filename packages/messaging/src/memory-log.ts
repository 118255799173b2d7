import { topics as declaredTopics } from '@rideshare/contracts';
import type { Topic } from '@rideshare/contracts';
import type { MemoryDatabase } from '@rideshare/memory';
import type { EventLog, Fetched, Published, TailReader } from './log.ts';
import { createMemoryMember } from './memory-log-member.ts';
import {
  append,
  dropBelow,
  firstOffsetSince,
  groups,
  lanesOf,
  MEMORY_LOG_CHANNEL,
  offsetKey,
  offsets,
  recordsFrom,
  spanOf,
  storedName,
} from './memory-log-tables.ts';
import type { Lane, MemoryLogContext } from './memory-log-tables.ts';
import { createMemoryOutbox, takeFromOutbox } from './memory-outbox.ts';

/** Where the log is, and how its topics are laid out; the same for every process. */
export interface MemoryLogOptions {
  /**
   * This process's connection to the server that keeps the log: the one that its service uses, too, where events and
   * offsets are to join its transactions; one to a server of its own for a broker apart.
   */
  readonly database: MemoryDatabase;
  readonly prefix?: string;
  /** How many partitions each topic has, in place of what is declared. */
  readonly partitions?: number;
}

const HOUR_MS = 3_600_000;
// a group that nobody has owned for this long no longer keeps records from being dropped
const GROUP_FORGOTTEN_MS = 30 * 24 * HOUR_MS;

async function moveOutbox(
  context: MemoryLogContext,
  shards: readonly number[],
  limit: number,
): Promise<readonly Published[]> {
  const { database } = context;
  const oldest = await createMemoryOutbox(database).oldest(shards, limit);
  if (oldest.length === 0) return [];
  const moved = await database.transaction((tx) => {
    const taken = takeFromOutbox(tx, oldest);
    append(tx, context, taken);
    return taken;
  });
  return [...Map.groupBy(moved, ({ topic }) => topic)].map(([topic, { length }]) => ({ topic, events: length }));
}

interface TailLane extends Lane {
  /** The next offset to read. */
  at: number;
  /** Where everything ended that was there at the start. */
  readonly target: number;
}

async function createMemoryTail(
  context: MemoryLogContext,
  { topics, fromAgeMs }: Parameters<EventLog['tail']>[0],
): Promise<TailReader> {
  const { database } = context;
  const since = new Date(database.now().getTime() - fromAgeMs);
  const lanes = await database.read((reader) =>
    lanesOf(context, topics).map((lane): TailLane => ({
      ...lane,
      at: firstOffsetSince(reader, lane, since),
      target: spanOf(reader, lane).next,
    })),
  );
  const perLane = (limit: number) => Math.max(1, Math.floor(limit / lanes.length));
  return {
    get caughtUp() {
      return lanes.every(({ at, target }) => at >= target);
    },
    fetch: (limit): Promise<Fetched> =>
      database.read((reader) => {
        const fetched = lanes.map((lane) => {
          const read = recordsFrom(reader, lane, { from: lane.at, limit: perLane(limit), fromBeginning: false });
          lane.at = (read.at(-1)?.offset ?? lane.at - 1) + 1;
          return read;
        });
        return { records: fetched.flat(), more: fetched.some(({ length }) => length === perLane(limit)) };
      }),
  };
}

/** Drops the records past their topic's retention that every living consumer group has consumed. */
async function purge(context: MemoryLogContext): Promise<void> {
  const { database } = context;
  const nowMs = database.now().getTime();
  for (const [topic, { retentionH }] of Object.entries(declaredTopics)) {
    const cutoff = new Date(nowMs - retentionH * HOUR_MS);
    for (const lane of lanesOf(context, [topic as Topic])) {
      const isOld = await database.read(
        (reader) => firstOffsetSince(reader, lane, cutoff) > spanOf(reader, lane).first,
      );
      if (!isOld) continue;
      await database.transaction((tx) => {
        const needed = [...tx.entries(groups)]
          .filter(([, { until }]) => until.getTime() > nowMs - GROUP_FORGOTTEN_MS)
          .flatMap(([group]) => tx.get(offsets, offsetKey(group, lane))?.next ?? []);
        dropBelow(tx, lane, Math.min(firstOffsetSince(tx, lane, cutoff), ...needed));
      });
    }
  }
}

/**
 * A durable log in memory, on a server that outlives the processes: for simulations, models and tests.
 *
 * @remarks As the embedded log where it shares its service's `database`; apart from it otherwise, as a broker is. What
 * lies between the process and the log is the interference of its connection.
 */
export function createMemoryLog({ database, prefix = 'memory', partitions }: MemoryLogOptions): EventLog {
  const context = { database, prefix, ...(partitions === undefined ? {} : { partitions }) };
  return {
    async publish(records) {
      if (records.length === 0) return;
      const kept = records.map((record) => ({ ...record, envelope: structuredClone(record.envelope) }));
      await database.transaction((tx) => {
        append(tx, context, kept);
      });
    },
    atomicWith: (other) =>
      other === database ? { moveOutbox: (shards, limit) => moveOutbox(context, shards, limit) } : undefined,
    join: (membership) => Promise.resolve(createMemoryMember(context, membership)),
    tail: (options) => createMemoryTail(context, options),
    onAppend(topics, wake) {
      const wanted = new Set(topics.map((topic) => storedName(context, topic)));
      const listening = database.listen(MEMORY_LOG_CHANNEL, (topic) => {
        if (wanted.has(topic)) wake();
      });
      return Promise.resolve(listening);
    },
    maintain: () => purge(context),
  };
}
