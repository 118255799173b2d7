import type { Clock, Loop, Random, Scheduler } from '@rideshare/kernel';
import { AppError, isAppError } from '@rideshare/kernel';
import { systemRandom } from '@rideshare/kernel/system';
import type { Logger, Metrics } from '@rideshare/observability';
import { Batch } from './consumer-batch.ts';
import type { BatchOutcome } from './consumer-batch.ts';
import type { ConsumerReader, ConsumerStore, ConsumerWriter, RetryingEvent } from './consumer-store.ts';
import { sweepConsumer } from './consumer-sweep.ts';
import { createHandlers, failureOf, HandlingError, isInfrastructure, readEnvelope } from './delivery.ts';
import type { Failure, Handlers, StoredRecord } from './delivery.ts';
import { createInterval } from './interval.ts';
import type { EventLog, GroupMember, LogRecord, Position } from './log.ts';
import type { MessagingDatabase } from './messaging-database.ts';
import { messagingStore } from './messaging-store.ts';
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
  readonly database: MessagingDatabase;
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
const GAP_MS = 40;
// no further record is begun after this, so that a batch ends well within the lease on the group
const BATCH_MS = 1_500;
const RETRY_POLL_MS = 500;
const RETRIES_PER_ROUND = 20;
const SWEEP_MS = 5_000;
const DRAINED_PER_SWEEP = 200;

interface Consumption extends ConsumerOptions {
  readonly handlers: Handlers;
  readonly instruments: Instruments;
  readonly random: Random;
  readonly member: GroupMember;
  readonly store: ConsumerStore;
  /** Whether offsets join the transaction of the effects. */
  readonly isAtomic: boolean;
}

/** What one transaction is about: records of the log, an event whose retry is due, or parked ones to drain. */
interface Work {
  readonly records?: readonly LogRecord[];
  readonly retry?: RetryingEvent;
  readonly parked?: readonly StoredRecord[];
}

/** How many records a run has dealt with, the one that it failed at included; not all of them when its time was up. */
interface Progress {
  taken: number;
}

/** One try at some work. */
interface Run {
  readonly failures: ReadonlyMap<string, Failure>;
  /** Whether what an event has collected is written right after it, so that a failure is known to be its own. */
  readonly isCareful: boolean;
  readonly progress: Progress;
}

function lastPositions(records: readonly LogRecord[]): Position[] {
  const last = new Map(records.map((record) => [`${record.topic}/${String(record.partition)}`, record]));
  return [...last.values()];
}

async function take(
  batch: Batch,
  work: Work,
  { clock, progress }: { clock: Clock; progress: Progress },
): Promise<Batch> {
  const { records = [], retry, parked } = work;
  const endMs = clock.now().getTime() + BATCH_MS;
  progress.taken = 0;
  if (retry) await batch.takeRetry(retry);
  if (parked) await batch.drain();
  for (const record of records) {
    progress.taken += 1;
    await batch.takeRecord(record);
    if (clock.now().getTime() > endMs) break;
  }
  return batch;
}

/**
 * Runs and saves one batch in one transaction (after the effects, in mode `after`), with its offsets if it has any.
 *
 * @returns how many records are behind us.
 */
async function runBatch(consumption: Consumption, work: Work, { failures, isCareful, progress }: Run): Promise<number> {
  const { handlers, member, store, mode, isAtomic, clock, random } = consumption;
  const context = { handlers, failures, isCareful, random: () => random.next() };
  const known = work.parked ?? (work.retry ? [work.retry.record] : (work.records ?? []));
  const begin = async (reader: ConsumerReader, joins?: ConsumerWriter): Promise<Batch> => {
    const batch = await Batch.load(reader, known, joins ? { ...context, joins } : context);
    return take(batch, work, { clock, progress });
  };
  const positions = () => lastPositions((work.records ?? []).slice(0, progress.taken));
  const done = mode === 'after' ? await begin(store) : undefined;
  const saved = await store.transaction(async (writer) => {
    const batch = done ?? (await begin(writer, writer));
    if (!(await batch.save(writer))) {
      throw new AppError('CONSUMER_FENCED', 'conflict', 'another process has dealt with an event', { retryable: true });
    }
    if (isAtomic && progress.taken > 0) await member.commit(positions(), writer.transaction);
    return batch;
  });
  if (!isAtomic && progress.taken > 0) await member.commit(positions());
  report(consumption, saved.outcomes);
  return progress.taken;
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

/**
 * Which event an error of a run is about: the one whose handling failed, or the only one of a run that could not be
 * saved. Undefined where it may be any of several.
 */
function blamed(error: unknown, { retry }: Work, records: readonly LogRecord[]): string | undefined {
  if (error instanceof HandlingError) return error.eventId;
  const [record, ...others] = records;
  return retry?.eventId ?? (record && others.length === 0 ? readEnvelope(record)?.id : undefined);
}

/** Whether the same work may simply succeed later: the engine is at fault, or too slow for now. */
function isPassing(error: unknown): boolean {
  if (error instanceof HandlingError) return false;
  return isInfrastructure(error) || (isAppError(error) && error.retryable);
}

/**
 * Carries out `work`. When an event fails, its transaction is lost; what came before it is done again, the failure is
 * written down in place of the effect, and what comes after it is left for the next batch. A batch that fails only when
 * it is saved is run once more, each event writing for itself; where it is a constraint that is checked at the commit,
 * the batch is then halved until the event is found.
 *
 * @returns how many records are behind us.
 */
async function consume(consumption: Consumption, work: Work): Promise<number> {
  const failures = new Map<string, Failure>();
  // effects elsewhere have written nothing by the time that they are saved
  const mayNeedCare = consumption.mode === 'transactional';
  let { records = [] } = work;
  let isCareful = false;
  for (;;) {
    const progress = { taken: 0 };
    try {
      return await runBatch(consumption, { ...work, records }, { failures, isCareful, progress });
    } catch (error) {
      if (isPassing(error)) throw error;
      const eventId = blamed(error, work, records);
      if (mayNeedCare && !isCareful && !(error instanceof HandlingError)) isCareful = true;
      else if (eventId !== undefined && !failures.has(eventId)) {
        failures.set(eventId, error instanceof HandlingError ? error.failure : failureOf(error));
        records = records.slice(0, progress.taken);
      } else if (eventId === undefined && records.length > 1) {
        records = records.slice(0, Math.ceil(records.length / 2));
      } else throw error;
    }
    await consumption.member.renew(); // the attempt may have taken all its time
  }
}

/** Effects outside the database are waited for partition by partition; those inside share one transaction. */
async function consumeRecords(consumption: Consumption, records: readonly LogRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  if (consumption.mode === 'transactional') return consume(consumption, { records });
  const lanes = Map.groupBy(records, ({ topic, partition }) => `${topic}/${String(partition)}`);
  const ended = await Promise.allSettled([...lanes.values()].map((lane) => consume(consumption, { records: lane })));
  return ended.reduce((sum, lane) => {
    if (lane.status === 'rejected') throw lane.reason;
    return sum + lane.value;
  }, 0);
}

async function retryDue(consumption: Consumption): Promise<void> {
  for (const retry of await consumption.store.findDueRetries(RETRIES_PER_ROUND)) {
    await consume(consumption, { retry });
    if (!(await consumption.member.renew())) return;
  }
}

async function sweep(consumption: Consumption): Promise<void> {
  const { store, group, logger } = consumption;
  const drainable = await store.findDrainable(DRAINED_PER_SWEEP);
  if (drainable.length > 0) await consume(consumption, { parked: drainable.map(({ record }) => record) });
  await sweepConsumer(store, group, logger);
}

/** The body of the consumer's one loop: records, retries and sweeps never overlap. */
function createRound(consumption: Consumption): (signal: AbortSignal) => Promise<boolean> {
  const { member, clock, scheduler } = consumption;
  const pace = createPace(scheduler, GAP_MS);
  const retries = createInterval(clock, RETRY_POLL_MS);
  const sweeps = createInterval(clock, SWEEP_MS);
  return async (signal) => {
    await pace(signal);
    const { records, more } = await member.fetch(BATCH_RECORDS);
    const taken = await consumeRecords(consumption, records);
    if (retries.isDue() && (await member.renew())) {
      retries.restart();
      await retryDue(consumption);
    }
    if (sweeps.isDue() && (await member.renew())) {
      sweeps.restart();
      await sweep(consumption);
    }
    return more || taken < records.length;
  };
}

/**
 * Hands the records of some topics to the handlers of a group: in order per stream, each with one effect.
 *
 * @remarks One process at a time owns a group; another takes over within 8 s of its death. A handler that fails holds
 * up its own stream only: it is tried again up to three times, within 5 s, 1 min and 10 min, and then becomes a dead
 * letter. At every commit consumed = applied + skipped + parked + dead, parked being what waits for an event before it
 * or for its own retry.
 */
export function createConsumer(options: ConsumerOptions): Worker {
  const { group, log, database, subscriptions, scheduler, logger, owner, metrics } = options;
  const topics = [...new Set(subscriptions.map(({ definition }) => definition.topic))];
  const instruments = instrumentsOf(metrics);
  const handlers = createHandlers(group, subscriptions, scheduler);
  const store = messagingStore(database).consumer(group);
  const isAtomic = log.atomicWith(database) !== undefined;
  let loop: Loop | undefined;
  let member: GroupMember | undefined;
  let listening: { close(): Promise<void> } | undefined;
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
        store,
        isAtomic,
      });
      const started = scheduler.every(`consume ${group}`, POLL_MS, round, (error) => {
        logger.warn('a consumer failed and goes on', { error, group });
      });
      loop = started;
      listening = await log.onAppend(topics, () => {
        started.wake();
      });
      stopObserving = instruments.observeConsumer(async () => ({
        group,
        lag: await joined.lag(),
        ...(await store.figures()),
      }));
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
