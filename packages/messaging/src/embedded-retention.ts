import { firstOffsetSince, spansOf } from './embedded-offsets.ts';
import type { LogContext } from './embedded-topics.ts';

// short deletes: each holds its locks for some milliseconds
const PURGE_BATCH_RECORDS = 2_000;
// a group that nobody has owned for this long no longer keeps records from being dropped
const GROUP_FORGOTTEN_D = 30;
const HOUR_MS = 3_600_000;
const LOCK_ID = 7_305_117_228;

interface Kept {
  readonly topic: string;
  readonly retention_h: number;
}

/**
 * Drops the records past their topic's retention that every living consumer group has consumed.
 *
 * @remarks One process at a time does it, the others return at once.
 */
export async function purgeRecords({ database, prefix }: LogContext): Promise<void> {
  const { rows: kept } = await database.query<Kept>(
    "select topic, retention_h from event_log.log_topics where starts_with(topic, $1 || '.') order by topic",
    [prefix],
  );
  for (const { topic, retention_h: retentionH } of kept) {
    for (const span of await spansOf(database, [topic])) {
      const cutoff = await firstOffsetSince(database, span, retentionH * HOUR_MS);
      for (let from = span.first; from < cutoff; from += PURGE_BATCH_RECORDS) {
        const done = await purgeBatch({ database, prefix }, topic, span.partition, cutoff);
        if (done) break;
      }
    }
  }
}

/** Deletes the next batch below `cutoff`; true when nothing is left to delete, or another process is at it. */
async function purgeBatch(
  { database }: LogContext,
  topic: string,
  partition: number,
  cutoff: number,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const lock = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK_ID]);
    if (lock.rows[0]?.mine !== true) return true;
    const { rows } = await tx.query<{ first: number; needed: number | null }>(
      `select p.first,
         (select min(o.next_offset) from event_log.consumer_offsets as o
          join event_log.consumer_groups as g using (group_name)
          where o.topic = p.topic and o.partition = p.partition
            and g.until > clock_timestamp() - $3 * interval '1 day') as needed
       from event_log.log_partitions as p where p.topic = $1 and p.partition = $2`,
      [topic, partition, GROUP_FORGOTTEN_D],
    );
    const found = rows[0];
    if (!found) return true;
    const until = Math.min(cutoff, found.needed ?? cutoff, found.first + PURGE_BATCH_RECORDS);
    if (until <= found.first) return true;
    await tx.query(
      'delete from event_log.records where topic = $1 and partition = $2 and log_offset >= $3 and log_offset < $4',
      [topic, partition, found.first, until],
    );
    await tx.query('update event_log.log_partitions set first = $3 where topic = $1 and partition = $2', [
      topic,
      partition,
      until,
    ]);
    return false;
  });
}
