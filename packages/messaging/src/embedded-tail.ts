import type { Topic } from '@rideshare/contracts';
import { firstOffsetSince, spansOf } from './embedded-offsets.ts';
import type { Span } from './embedded-offsets.ts';
import { RECORD_COLUMNS, toRecord } from './embedded-record.ts';
import type { RecordRow } from './embedded-record.ts';
import { storedTopic } from './embedded-topics.ts';
import type { LogContext } from './embedded-topics.ts';
import type { Fetched, TailReader } from './log.ts';

const FETCH = `
  select ${RECORD_COLUMNS}, false as from_beginning
  from unnest($1::text[], $2::int[], $3::bigint[]) as mine (topic, partition, next_offset)
  cross join lateral (
    select * from event_log.records as r
    where r.topic = mine.topic and r.partition = mine.partition and r.log_offset >= mine.next_offset
    order by r.log_offset limit $4
  ) as r`;

interface Lane extends Span {
  /** The next offset to read. */
  at: number;
}

/** A reader over all partitions of `topics`, from the first record that is at most `fromAgeMs` old. */
export async function createEmbeddedTail(
  { database, prefix }: LogContext,
  options: { readonly topics: readonly Topic[]; readonly fromAgeMs: number },
): Promise<TailReader> {
  const topics = options.topics.map((topic) => storedTopic(prefix, topic));
  const lanes = new Map<string, Lane>();
  const laneOf = (topic: string, partition: number) => `${topic}/${String(partition)}`;
  // where everything that is there now ends
  const targets = await spansOf(database, topics);
  for (const span of targets) {
    const at = await firstOffsetSince(database, span, options.fromAgeMs);
    lanes.set(laneOf(span.topic, span.partition), { ...span, at });
  }

  /** A reader may be there before the first writer has made the topic. */
  const addLanes = async (): Promise<void> => {
    for (const span of await spansOf(database, topics)) {
      const lane = laneOf(span.topic, span.partition);
      if (!lanes.has(lane)) lanes.set(lane, { ...span, next: span.first, at: span.first });
    }
  };
  return {
    get caughtUp() {
      return [...lanes.values()].every(({ at, next }) => at >= next);
    },
    async fetch(limit): Promise<Fetched> {
      const missing = topics.some((topic) => !lanes.has(laneOf(topic, 0)));
      if (missing) await addLanes();
      const perPartition = Math.max(1, Math.floor(limit / Math.max(1, lanes.size)));
      const read = [...lanes.values()];
      const { rows } = await database.query<RecordRow>(FETCH, [
        read.map(({ topic }) => topic),
        read.map(({ partition }) => partition),
        read.map(({ at }) => at),
        perPartition,
      ]);
      const before = new Map(read.map((lane) => [lane, lane.at]));
      for (const { topic, partition, log_offset: offset } of rows) {
        const lane = lanes.get(laneOf(topic, partition));
        if (lane) lane.at = Math.max(lane.at, offset + 1);
      }
      const more = read.some((lane) => lane.at - (before.get(lane) ?? lane.at) >= perPartition);
      return { records: rows.map((row) => toRecord(prefix, row)), more };
    },
  };
}
