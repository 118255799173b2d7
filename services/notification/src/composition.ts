import type { Clock, Loop, Random, Scheduler } from '@rideshare/kernel';
import type { Endpoint } from '@rideshare/http';
import type { Subscription } from '@rideshare/messaging';
import type { Logger, Metrics } from '@rideshare/observability';
import { accountEvents } from './consumers/account-events.ts';
import { notices } from './consumers/notices.ts';
import { createSignals } from './metrics.ts';
import { listNotificationsEndpoint } from './routes/list-notifications.ts';
import type { DeliverDeps } from './usecases/deliver-pending.ts';
import type { StoreHooks, Stores } from './usecases/ports.ts';
import { startDelivery } from './workers/deliver.ts';

/** What the service is put together from: its stores, its ways out and the machine. */
export interface NotificationGround {
  readonly stores: (hooks: StoreHooks) => Stores;
  readonly couriers: DeliverDeps['couriers'];
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A loop that runs, and how long it may take to stop. */
export interface RunningLoop {
  readonly name: string;
  readonly loop: Loop;
  readonly stopMs: number;
}

/** The service without its process: what it does, to be driven by whoever has an event, a request or time. */
export interface NotificationParts {
  readonly deps: Stores;
  /** What is made of the events of others. */
  readonly subscriptions: readonly Subscription[];
  /** What is answered. */
  readonly endpoints: readonly Endpoint[];
  /** Starts what the service does of its own accord. */
  startLoops(): readonly RunningLoop[];
}

const STOP_MS = 5_000;

/** Puts the service together; nothing runs yet. */
export function createNotificationParts(ground: NotificationGround): NotificationParts {
  const { couriers, clock, random, scheduler, logger, metrics } = ground;
  // set once the delivery runs; until then nobody has to be woken
  let wake = (): void => undefined;
  const deps = ground.stores({
    onPending: () => {
      wake();
    },
  });
  const signals = createSignals(metrics);
  const onError = (error: Error, loop: string): void => {
    logger.error('a loop failed', { loop, error });
  };
  return {
    deps,
    subscriptions: [...accountEvents(deps), ...notices(deps)],
    endpoints: [listNotificationsEndpoint(deps)],
    startLoops() {
      const loop = startDelivery({ ...deps, couriers, clock, random, signals, scheduler, onError });
      wake = () => {
        loop.wake();
      };
      return [{ name: 'delivery', loop, stopMs: STOP_MS }];
    },
  };
}
