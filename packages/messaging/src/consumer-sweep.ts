/** What a consumer looks after now and then: events that wait too long, and rows that nobody needs any more. */
import type { Logger } from '@rideshare/observability';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { findParked, insertDeadLetters, saveProgress } from './consumer-store.ts';
import type { Counts, WaitingEvent } from './consumer-store.ts';
import type { Lag } from './log.ts';
import type { ConsumerState } from './metrics.ts';

// a gap this old is no passing matter: somebody should know
const PARKED_WARN_S = 60;
// and one this old will not be filled by itself; what follows a retry waits for its outcome, however long that takes
const PARKED_DEAD_S = 600;
const SWEEP_ROWS = 200;
// longer than the log keeps a record and than anybody redrives one
const INBOX_KEEP_D = 30;
const PURGE_ROWS = 5_000;

/** Parked events of `group` that nothing is missing before: left over where two owners met. */
export function findDrainable(database: Database, group: string): Promise<WaitingEvent[]> {
  return findParked(
    database,
    `group_name = $1 and sequence <= 1 + coalesce((
       select h.sequence from stream_heads as h where h.group_name = $1 and h.stream = parked_events.stream), 0)`,
    [group, SWEEP_ROWS],
  );
}

/** Moves what has been parked past the bound to the dead letters; returns how many. */
async function buryParked(tx: PgTransaction, group: string): Promise<number> {
  const old = await findParked(
    tx,
    `group_name = $1 and parked_at < clock_timestamp() - ${String(PARKED_DEAD_S)} * interval '1 second'
     and not exists (
       select from event_retries as r where r.group_name = $1 and r.stream = parked_events.stream)`,
    [group, SWEEP_ROWS],
    'for update',
  );
  if (old.length === 0) return 0;
  await tx.query('delete from parked_events where group_name = $1 and event_id = any ($2::uuid[])', [
    group,
    old.map(({ eventId }) => eventId),
  ]);
  const failure = {
    code: 'EVENT_GAP_NOT_FILLED',
    message: `an event before this one did not come within ${String(PARKED_DEAD_S)} s`,
    retryable: false,
  };
  await insertDeadLetters(
    tx,
    group,
    old.map((event) => ({ ...event, attempts: 0, failure })),
  );
  const byTopic = Map.groupBy(old, ({ record }) => record.topic);
  const counts = new Map(
    [...byTopic].map(([topic, events]): [typeof topic, Counts] => [
      topic,
      { consumed: 0, applied: 0, skipped: 0, parked: -events.length, dead: events.length },
    ]),
  );
  await saveProgress(tx, group, { heads: new Map(), seen: [], counts });
  return old.length;
}

/** Deletes inbox rows past their time, a bounded number of them. */
async function purgeInbox(database: Database, group: string): Promise<void> {
  await database.query(
    `delete from inbox where ctid = any (array(
       select ctid from inbox
       where group_name = $1 and processed_at < clock_timestamp() - $2 * interval '1 day' limit $3))`,
    [group, INBOX_KEEP_D, PURGE_ROWS],
  );
}

/** One round of looking after a group. */
export async function sweepConsumer(database: Database, group: string, logger: Logger): Promise<void> {
  const buried = await database.transaction((tx) => buryParked(tx, group));
  if (buried > 0) logger.error('events that waited for one before them were given up', { group, events: buried });
  const { rows } = await database.query<{ events: number }>(
    `select count(*) as events from parked_events
     where group_name = $1 and parked_at < clock_timestamp() - $2 * interval '1 second'`,
    [group, PARKED_WARN_S],
  );
  const waiting = rows[0]?.events ?? 0;
  if (waiting > 0) {
    logger.warn('events wait for one before them', { group, events: waiting, longerThanS: PARKED_WARN_S });
  }
  await purgeInbox(database, group);
}

/** What the metrics of a group show. */
export async function readConsumerState(
  database: Database,
  group: string,
  lag: () => Promise<readonly Lag[]>,
): Promise<ConsumerState> {
  const { rows } = await database.query<Omit<ConsumerState, 'group' | 'lag'>>(
    `select (select count(*) from event_retries where group_name = $1) as retries,
       (select count(*) from dead_letters where group_name = $1) as "deadLetters",
       count(*) as parked,
       coalesce(extract(epoch from clock_timestamp() - min(parked_at)), 0)::float8 as "oldestParkedAgeS"
     from parked_events where group_name = $1`,
    [group],
  );
  const nothing = { parked: 0, oldestParkedAgeS: 0, retries: 0, deadLetters: 0 };
  return { group, lag: await lag(), ...nothing, ...rows[0] };
}
