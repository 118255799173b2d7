import type { Envelope, Topic } from '@rideshare/contracts';
import type { Loop, Scheduler } from '@rideshare/kernel';
import { toError } from '@rideshare/kernel';
import type { Logger } from '@rideshare/observability';
import { createHandlers, HandlingError, readEnvelope } from './delivery.ts';
import type { Handlers } from './delivery.ts';
import type { EventLog, LogRecord, TailReader } from './log.ts';
import { createPace } from './pace.ts';
import type { Subscription } from './subscription.ts';
import type { Worker } from './worker.ts';

/** What a tail reads and whom it tells. */
export interface TailOptions {
  readonly log: EventLog;
  /** Those of the subscriptions by default. */
  readonly topics?: readonly Topic[];
  /** How far back it begins. */
  readonly fromAgeMs: number;
  /** Sees every event of the topics, of whatever type, before the subscriptions do. */
  readonly handler?: (event: Envelope, record: LogRecord) => Promise<void> | void;
  readonly subscriptions?: readonly Subscription[];
  /** Called once, when everything that was there at the start has been seen. */
  readonly onCaughtUp?: () => void;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

// the wake-up is a hint that may be lost: this is the longest an event then waits
const POLL_MS = 500;
const BATCH_RECORDS = 500;
// under load, records that come within it are fetched together
const GAP_MS = 50;
const GROUP = 'tail';

async function show({ handler, logger }: TailOptions, handlers: Handlers, record: LogRecord): Promise<void> {
  const envelope = readEnvelope(record);
  try {
    if (!envelope) throw new HandlingError('', new Error('the envelope breaks its contract'));
    await handler?.(envelope, record);
    const subscription = handlers.find(envelope);
    if (subscription) await handlers.handle({ record, envelope, subscription, attempt: 1 });
  } catch (error) {
    // a view is rebuilt, never repaired: what it cannot show it goes past
    const { topic, partition, offset, type } = record;
    const cause = error instanceof HandlingError ? toError(error.cause) : error;
    logger.warn('a tail could not use an event', { error: cause, topic, partition, offset, type });
  }
}

/**
 * Reads topics as they grow, in this process alone: for views in memory, which every instance builds for itself.
 *
 * @remarks Commits nothing and repeats nothing: after a restart it begins `fromAgeMs` back again. Order holds per key,
 * and an event may come twice.
 */
export function createTail(options: TailOptions): Worker {
  const { log, fromAgeMs, subscriptions = [], scheduler, logger } = options;
  const topics = options.topics ?? [...new Set(subscriptions.map(({ definition }) => definition.topic))];
  // a view is no effect: every instance would add a span to the trace of every event
  const handlers = createHandlers(GROUP, subscriptions, scheduler, { untraced: true });
  const pace = createPace(scheduler, GAP_MS);
  let reader: TailReader | undefined;
  let caughtUp = false;
  let loop: Loop | undefined;
  let listening: { close(): Promise<void> } | undefined;

  const round = async (signal: AbortSignal): Promise<boolean> => {
    await pace(signal);
    reader ??= await log.tail({ topics, fromAgeMs });
    const { records, more } = await reader.fetch(BATCH_RECORDS);
    for (const record of records) {
      if (signal.aborted) return false;
      await show(options, handlers, record);
    }
    if (!caughtUp && reader.caughtUp) {
      caughtUp = true;
      options.onCaughtUp?.();
    }
    return more;
  };
  return {
    async start() {
      const started = scheduler.every(`tail ${topics.join(' ')}`, POLL_MS, round, (error) => {
        logger.warn('a tail failed and goes on', { error });
      });
      loop = started;
      listening = await log.onAppend(topics, () => {
        started.wake();
      });
    },
    async stop() {
      await listening?.close();
      await loop?.stop();
      handlers.close();
    },
  };
}
