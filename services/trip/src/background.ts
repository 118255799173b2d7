import type { Scheduler } from '@rideshare/kernel';
import { createConsumer, createRelay, createTail } from '@rideshare/messaging';
import type { ConsumerOptions, EventLog, Worker } from '@rideshare/messaging';
import { traceIdOf } from '@rideshare/observability';
import type { Adapters, Platform } from './adapters.ts';
import { fleetHandlers } from './consumers/fleet.ts';
import { paymentFailedSubscription } from './consumers/payment-failed.ts';
import { timelineSubscriptions } from './consumers/timeline.ts';
import { userDeactivatedSubscription } from './consumers/user-deactivated.ts';
import { startDeadlineSweep } from './workers/deadline-sweep.ts';
import { startDispatch } from './workers/dispatch.ts';
import { startHousekeeping } from './workers/housekeeping.ts';

/** Who has told nothing for longer is told of by their positions, which carry the slot's state. */
const SLOTS_FROM_AGE_MS = 900_000;
/** Older positions are no reason for an offer. */
const POSITIONS_FROM_AGE_MS = 120_000;

/** What background work is built from. */
export type Running = Platform & {
  readonly scheduler: Scheduler;
  readonly database: ConsumerOptions['database'];
  readonly log: EventLog;
  /** This process, told apart from its siblings. */
  readonly owner: string;
};

/** Registers what is to be stopped, the latest first. */
export type Defer = (name: string, stop: () => Promise<void>) => void;

/** What is heard of drivers: for offers where this process dispatches, for estimates and positions where it answers. */
function fleetTails(running: Running, adapters: Adapters): Worker[] {
  const { dispatcher, ears } = adapters;
  const handlers = fleetHandlers(ears);
  let behind = 2;
  const onCaughtUp = (): void => {
    behind -= 1;
    if (behind === 0) dispatcher.fleetIsKnown();
  };
  const common = { ...running, onCaughtUp };
  return [
    createTail({
      ...common,
      topics: ['driver.events', 'trip.events'],
      fromAgeMs: SLOTS_FROM_AGE_MS,
      handler: handlers.slots,
    }),
    createTail({
      ...common,
      topics: ['driver.locations'],
      fromAgeMs: POSITIONS_FROM_AGE_MS,
      handler: handlers.positions,
    }),
  ];
}

/** Relay and consumers, by the role `relay`. */
function eventWorkers(running: Running, adapters: Adapters): Worker[] {
  const timeline = timelineSubscriptions({ timeline: adapters.timeline, traceIdOf });
  const commands = [paymentFailedSubscription(adapters), userDeactivatedSubscription(adapters)];
  return [
    createRelay(running),
    createConsumer({ ...running, group: 'trip-timeline', mode: 'transactional', subscriptions: timeline }),
    createConsumer({ ...running, group: 'trip-commands', mode: 'after', subscriptions: commands }),
  ];
}

/** Starts what runs beside the requests, by role; the relay is the last to be stopped. */
export async function startBackground(running: Running, adapters: Adapters, defer: Defer): Promise<void> {
  const { config, scheduler, logger } = running;
  const { roles } = config;
  const workers = [
    ...(roles.includes('relay') ? eventWorkers(running, adapters) : []),
    ...(roles.includes('api') || roles.includes('dispatch') ? fleetTails(running, adapters) : []),
  ];
  for (const worker of workers) {
    await worker.start();
    defer('event worker', () => worker.stop());
  }
  const onError = (error: Error, name: string): void => logger.error('a loop failed', { loop: name, error });
  const common = { ...adapters, scheduler, onError };
  const { dispatcher } = adapters;
  const loops = [
    ...(roles.includes('relay') ? [startHousekeeping(common)] : []),
    ...(roles.includes('dispatch')
      ? [
          startDispatch({ ...common, windowMs: config.dispatchWindowMs }),
          startDeadlineSweep({ ...common, everyMs: config.sweepMs, isLeader: () => dispatcher.isLeader }),
        ]
      : []),
  ];
  for (const loop of loops) defer('loop', () => loop.stop());
}
