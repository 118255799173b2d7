import type { Queryable } from '@rideshare/postgres';

/** The records of one partition that are there: from `first` up to, not including, `next`. */
export interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}

/** The partitions of `topics` (stored names) and what they hold. */
export async function spansOf(database: Queryable, topics: readonly string[]): Promise<readonly Span[]> {
  const { rows } = await database.query<Span>(
    `select topic, partition, first, next from event_log.log_partitions where topic = any ($1::text[])
     order by topic, partition`,
    [topics],
  );
  return rows;
}

/**
 * The first offset of a partition that is at most `ageMs` old, by bisection: offsets rise with time, and an index on
 * the time would cost every append.
 */
export async function firstOffsetSince(database: Queryable, span: Span, ageMs: number): Promise<number> {
  let low = span.first;
  let high = span.next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { rows } = await database.query<{ recent: boolean }>(
      `select appended_at >= clock_timestamp() - $4 * interval '1 millisecond' as recent from event_log.records
       where topic = $1 and partition = $2 and log_offset = $3`,
      [span.topic, span.partition, middle, ageMs],
    );
    // a record that is gone was old
    if (rows[0]?.recent === true) high = middle;
    else low = middle + 1;
  }
  return low;
}
