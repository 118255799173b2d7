/** What a consumer looks after now and then: events that wait too long, and rows that nobody needs any more. */
import type { Logger } from '@rideshare/observability';
import type { ConsumerStore, ConsumerWriter, Counts } from './consumer-store.ts';

// a gap this old is no passing matter: somebody should know
const PARKED_WARN_S = 60;
// and one this old will not be filled by itself; what follows a retry waits for its outcome, however long that takes
const PARKED_DEAD_S = 600;
const SWEEP_ROWS = 200;
// longer than the log keeps a record and than anybody redrives one
const INBOX_KEEP_D = 30;
const PURGE_ROWS = 5_000;

/** Moves what has been parked past the bound to the dead letters; returns how many. */
async function buryParked(writer: ConsumerWriter): Promise<number> {
  const old = await writer.takeStaleParked(PARKED_DEAD_S, SWEEP_ROWS);
  if (old.length === 0) return 0;
  const failure = {
    code: 'EVENT_GAP_NOT_FILLED',
    message: `an event before this one did not come within ${String(PARKED_DEAD_S)} s`,
    retryable: false,
  };
  await writer.insertDeadLetters(old.map((event) => ({ ...event, attempts: 0, failure })));
  const byTopic = Map.groupBy(old, ({ record }) => record.topic);
  const counts = new Map(
    [...byTopic].map(([topic, events]): [typeof topic, Counts] => [
      topic,
      { consumed: 0, applied: 0, skipped: 0, parked: -events.length, dead: events.length },
    ]),
  );
  await writer.saveProgress({ heads: new Map(), seen: [], counts });
  return old.length;
}

/** One round of looking after a group. */
export async function sweepConsumer(store: ConsumerStore, group: string, logger: Logger): Promise<void> {
  const buried = await store.transaction(buryParked);
  if (buried > 0) logger.error('events that waited for one before them were given up', { group, events: buried });
  const waiting = await store.countParked(PARKED_WARN_S);
  if (waiting > 0) {
    logger.warn('events wait for one before them', { group, events: waiting, longerThanS: PARKED_WARN_S });
  }
  await store.purgeInbox(INBOX_KEEP_D, PURGE_ROWS);
}
