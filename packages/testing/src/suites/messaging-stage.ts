import { userDeactivated, userRegistered, userUpdated } from '@rideshare/contracts';
import type { Envelope } from '@rideshare/contracts';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { createConsumer, createRelay, on } from '@rideshare/messaging';
import type { Delivery, EventLog, MessagingDatabase, OutgoingEvent, Worker } from '@rideshare/messaging';
import type { FakeClock } from '../fake-clock.ts';
import type { MessagingProbe } from './messaging-probe.ts';
import { recordOf } from './sample-events.ts';
import { steppedScheduler } from './stepped-scheduler.ts';
import type { SteppedScheduler } from './stepped-scheduler.ts';

/** One process of a service: its database and the log as it sees it. */
export interface MessagingProcess {
  readonly database: MessagingDatabase;
  readonly log: EventLog;
  readonly probe: MessagingProbe;
}

/** A log and a service's database, which nobody else uses. */
export interface MessagingHarness extends MessagingProcess {
  readonly another: () => MessagingProcess;
  /** Lets the lease of every group run out, as if its owner had been killed some time ago. */
  readonly expireOwners: () => Promise<void>;
  /** Makes every record that is there `ageMs` older. */
  readonly age: (ageMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a handler is told to do before its effect. */
export type Interference = (event: Envelope, delivery: Delivery) => Promise<void> | void;

/** A consumer whose every effect is a row of the table `effects`. */
export interface StagedConsumer {
  readonly worker: Worker;
  readonly scheduler: SteppedScheduler;
  readonly clock: FakeClock;
  /** Runs the consumer's loop until it has nothing to do; returns what failed. */
  step(): Promise<Error[]>;
  /** Lets time pass, so that retries and sweeps are looked at, and steps. */
  stepLater(): Promise<Error[]>;
}

export const GROUP = 'suite';
const LATER_MS = 60_000;

/** The sequences of one stream's effects. */
export async function sequencesOf(probe: MessagingProbe, stream: string): Promise<number[]> {
  return (await probe.effects(GROUP)).filter((effect) => effect.stream === stream).map(({ sequence }) => sequence);
}

/** Puts events into the log directly, in this order, whatever their sequences are. */
export async function publish(log: EventLog, events: readonly OutgoingEvent[]): Promise<void> {
  await log.publish(events.map((event) => recordOf(event)));
}

/** A consumer of users' events, on command. */
export function stageConsumer(
  { database, log, probe }: MessagingProcess,
  options: {
    readonly mode?: 'transactional' | 'after';
    readonly interfere?: Interference;
    readonly owner?: string;
  } = {},
): StagedConsumer {
  const { mode = 'transactional', interfere = () => undefined, owner = 'one' } = options;
  const scheduler = steppedScheduler();
  const { clock } = scheduler;
  const handle = async (event: Envelope, delivery: Delivery): Promise<'applied'> => {
    await interfere(event, delivery);
    const effect = { group: GROUP, eventId: event.id, stream: event.stream, sequence: event.sequence };
    // in mode `after` an effect is repeated with the same id, and has to be one all the same
    await probe.atomic(delivery, (tx) => probe.addEffect(tx, effect, { once: mode === 'after' }));
    return 'applied';
  };
  const worker = createConsumer({
    group: GROUP,
    mode,
    log,
    database,
    subscriptions: [on(userRegistered, handle), on(userUpdated, handle), on(userDeactivated, handle)],
    scheduler,
    clock,
    logger: silentLogger,
    metrics: createMetrics({ service: 'suite', version: '0' }),
    owner,
    random: { next: () => 0, integer: () => 0 }, // a retry is due at once
  });
  return {
    worker,
    scheduler,
    clock,
    step: () => scheduler.step('consume'),
    stepLater: () => {
      clock.advance(LATER_MS);
      return scheduler.step('consume');
    },
  };
}

/** A relay, on command. */
export function stageRelay({ database, log }: Pick<MessagingProcess, 'database' | 'log'>, owner = 'one') {
  const scheduler = steppedScheduler();
  const worker = createRelay({
    database,
    log,
    scheduler,
    clock: scheduler.clock,
    logger: silentLogger,
    metrics: createMetrics({ service: 'suite', version: '0' }),
    owner,
  });
  return { worker, step: () => scheduler.step('outbox-relay') };
}
