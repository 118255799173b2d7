import type { Clock, Loop, Random, Scheduler } from '@rideshare/kernel';
import { AppError } from '@rideshare/kernel';
import { systemRandom } from '@rideshare/kernel/system';
import type { Logger, Metrics } from '@rideshare/observability';
import type { Database, Listening } from '@rideshare/postgres';
import { Batch } from './consumer-batch.ts';
import type { BatchOutcome } from './consumer-batch.ts';
import { findDueRetries } from './consumer-store.ts';
import type { RetryingEvent } from './consumer-store.ts';
import { findDrainable, readConsumerState, sweepConsumer } from './consumer-sweep.ts';
import { createHandlers, HandlingError } from './delivery.ts';
import type { Failure, Handlers, StoredRecord } from './delivery.ts';
import type { EventLog, GroupMember, LogRecord, Position } from './log.ts';
import { instrumentsOf } from './metrics.ts';
import type { Instruments } from './metrics.ts';
import { createPace } from './pace.ts';
import type { Subscription } from './subscription.ts';
import type { Worker } from './worker.ts';

/** What a consumer works with. */
export interface ConsumerOptions {
  /** Names the group for good: heads, inbox and offsets are kept under it. */
  readonly group: string;
  /**
   * `transactional`: the effects are rows of `database` and join the transaction of inbox, heads and offset.
   * `after`: the effects are elsewhere, safe to repeat, and come before that transaction.
   */
  readonly mode: 'transactional' | 'after';
  readonly log: EventLog;
  readonly database: Database;
  readonly subscriptions: readonly Subscription[];
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** This process, told apart from its siblings. */
  readonly owner: string;
  /** Spreads the retries; the machine's by default. */
  readonly random?: Random;
}

// the wake-up is a hint that may be lost: this is the longest an event then waits
const POLL_MS = 500;
// one transaction's worth: enough to catch up quickly, and short enough that its failure wastes little
const BATCH_RECORDS = 200;
// under load, records that come within it share a transaction
const GAP_MS = 20;
// a batch with more failures than this goes on record by record
const BATCH_FAILURES_MAX = 3;
const RETRY_POLL_MS = 500;
const RETRIES_PER_ROUND = 20;
const SWEEP_MS = 5_000;

interface Consumption extends ConsumerOptions {
  readonly handlers: Handlers;
  readonly instruments: Instruments;
  readonly random: Random;
  readonly member: GroupMember;
}

/** What one transaction is about: records of the log, an event whose retry is due, or parked ones to drain. */
interface Work {
  readonly records?: readonly LogRecord[];
  readonly retry?: RetryingEvent;
  readonly parked?: readonly StoredRecord[];
}

function lastPositions(records: readonly LogRecord[]): Position[] {
  const last = new Map(records.map((record) => [`${record.topic}/${String(record.partition)}`, record]));
  return [...last.values()];
}

async function take(batch: Batch, { records = [], retry, parked }: Work): Promise<Batch> {
  if (retry) await batch.takeRetry(retry);
  for (const record of records) await batch.takeRecord(record);
  if (parked) await batch.drain();
  return batch;
}

/** Runs and saves one batch in one transaction (after the effects, in mode `after`), with its offsets if it has any. */
async function runBatch(consumption: Consumption, work: Work, failures: ReadonlyMap<string, Failure>): Promise<void> {
  const { handlers, member, database, mode, log, random } = consumption;
  const context = { handlers, failures, random: () => random.next() };
  const known = work.parked ?? (work.retry ? [work.retry.record] : (work.records ?? []));
  const positions = lastPositions(work.records ?? []);
  const isAtomic = log.atomicWith(database) !== undefined;
  const done = mode === 'after' ? await take(await Batch.load(database, known, context), work) : undefined;
  const saved = await database.transaction(async (tx) => {
    const batch = done ?? (await take(await Batch.load(tx, known, { ...context, transaction: tx }), work));
    if (!(await batch.save(tx))) {
      throw new AppError('CONSUMER_FENCED', 'conflict', 'another process has dealt with an event', { retryable: true });
    }
    if (isAtomic && positions.length > 0) await member.commit(positions, tx);
    return batch;
  });
  if (!isAtomic && positions.length > 0) await member.commit(positions);
  report(consumption, saved.outcomes);
}

function report({ group, instruments, logger }: Consumption, outcomes: readonly BatchOutcome[]): void {
  for (const { record, outcome, failure } of outcomes) {
    instruments.consumed.inc({ group, topic: record.topic, outcome });
    if (!failure) continue;
    const { type, topic, partition, offset } = record;
    const fields = { group, topic, partition, offset, type, code: failure.code, reason: failure.message };
    if (outcome === 'dead') logger.error('an event was given up; it is among the dead letters', fields);
    else logger.warn('an event failed and will be tried again', fields);
  }
}

/** Carries out `work`, leaving out the effects of events that fail: they are written down instead. */
async function consume(consumption: Consumption, work: Work): Promise<void> {
  const failures = new Map<string, Failure>();
  for (;;) {
    try {
      await runBatch(consumption, work, failures);
      return;
    } catch (error) {
      if (!(error instanceof HandlingError) || failures.has(error.eventId)) throw error;
      failures.set(error.eventId, error.failure);
    }
    const { records = [] } = work;
    if (failures.size > BATCH_FAILURES_MAX && records.length > 1) {
      for (const record of records) await consume(consumption, { records: [record] });
      return;
    }
  }
}

/** Effects outside the database are waited for partition by partition; those inside share one transaction. */
async function consumeRecords(consumption: Consumption, records: readonly LogRecord[]): Promise<void> {
  if (records.length === 0) return;
  if (consumption.mode === 'transactional') {
    await consume(consumption, { records });
    return;
  }
  const lanes = Map.groupBy(records, ({ topic, partition }) => `${topic}/${String(partition)}`);
  const ended = await Promise.allSettled([...lanes.values()].map((lane) => consume(consumption, { records: lane })));
  const failed = ended.find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
}

async function retryDue(consumption: Consumption): Promise<void> {
  for (const retry of await findDueRetries(consumption.database, consumption.group, RETRIES_PER_ROUND)) {
    await consume(consumption, { retry });
  }
}

async function sweep(consumption: Consumption): Promise<void> {
  const { database, group, logger } = consumption;
  const drainable = await findDrainable(database, group);
  if (drainable.length > 0) await consume(consumption, { parked: drainable.map(({ record }) => record) });
  await sweepConsumer(database, group, logger);
}

/** The body of the consumer's one loop: records, retries and sweeps never overlap. */
function createRound(consumption: Consumption): (signal: AbortSignal) => Promise<boolean> {
  const { member, clock, scheduler } = consumption;
  const pace = createPace(scheduler, GAP_MS);
  let retryAtMs = 0;
  let sweepAtMs = 0;
  return async (signal) => {
    await pace(signal);
    const { records, more } = await member.fetch(BATCH_RECORDS);
    await consumeRecords(consumption, records);
    if (!member.isOwner) return false;
    const nowMs = clock.now().getTime();
    if (nowMs >= retryAtMs) {
      retryAtMs = nowMs + RETRY_POLL_MS;
      await retryDue(consumption);
    }
    if (nowMs >= sweepAtMs) {
      sweepAtMs = nowMs + SWEEP_MS;
      await sweep(consumption);
    }
    return more;
  };
}

/**
 * Hands the records of some topics to the handlers of a group: in order per stream, each with one effect.
 *
 * @remarks One process at a time owns a group; another takes over within 5 s of its death. A handler that fails holds
 * up its own stream only: it is tried again up to three times, within 5 s, 1 min and 10 min, and then becomes a dead
 * letter. At every commit consumed = applied + skipped + parked + dead, parked being what waits for an event before it
 * or for its own retry.
 */
export function createConsumer(options: ConsumerOptions): Worker {
  const { group, log, database, subscriptions, scheduler, logger, owner, metrics } = options;
  const topics = [...new Set(subscriptions.map(({ definition }) => definition.topic))];
  const instruments = instrumentsOf(metrics);
  const handlers = createHandlers(group, subscriptions, scheduler);
  let loop: Loop | undefined;
  let member: GroupMember | undefined;
  let listening: Listening | undefined;
  let stopObserving: (() => void) | undefined;

  return {
    async start() {
      const joined = await log.join({ group, topics, owner });
      member = joined;
      const round = createRound({
        ...options,
        handlers,
        instruments,
        random: options.random ?? systemRandom,
        member: joined,
      });
      const started = scheduler.every(`consume ${group}`, POLL_MS, round, (error) => {
        logger.warn('a consumer failed and goes on', { error, group });
      });
      loop = started;
      listening = await log.onAppend(topics, () => {
        started.wake();
      });
      stopObserving = instruments.observeConsumer(() => readConsumerState(database, group, () => joined.lag()));
    },
    async stop() {
      stopObserving?.();
      await listening?.close();
      await loop?.stop();
      handlers.close();
      await member?.close();
    },
  };
}
