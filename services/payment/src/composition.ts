import type { Clock, Ids, Loop, Scheduler } from '@rideshare/kernel';
import type { Endpoint } from '@rideshare/http';
import type { Subscription } from '@rideshare/messaging';
import type { Logger, Metrics } from '@rideshare/observability';
import type { PaymentConfig } from './config.ts';
import { onTripCancelled } from './consumers/trip-cancelled.ts';
import { onTripCompleted } from './consumers/trip-completed.ts';
import { onTripExpired } from './consumers/trip-expired.ts';
import { onTripRequested } from './consumers/trip-requested.ts';
import { createSignals } from './metrics.ts';
import { createEndpoints } from './routes/endpoints.ts';
import { createPspKeys, createWebhookVerifier } from './signing.ts';
import type { PaymentGateway, StoreHooks, Stores, Trips } from './usecases/ports.ts';
import { startDrivingOperations } from './workers/drive-operations.ts';
import { startPurgingRequests } from './workers/purge-requests.ts';
import { startSweepingGoals } from './workers/sweep-goals.ts';

/** What the service is put together from: its stores, its neighbours and the machine. */
export interface PaymentGround {
  readonly config: Pick<PaymentConfig, 'operations' | 'goalSweep' | 'pspKeySecret' | 'webhookSecret'>;
  readonly stores: (hooks: StoreHooks) => Stores;
  readonly gateway: PaymentGateway;
  readonly trips: Trips;
  readonly clock: Clock;
  readonly ids: Ids;
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

// a loop that waits for nothing but the store has ended by then
const STOP_MS = 5_000;

function createDeps({ config, stores, gateway, trips, clock, ids, scheduler, logger, metrics }: PaymentGround) {
  // set once the driver of operations runs; until then nobody has to be woken
  const driver: { wake: () => void } = { wake: () => undefined };
  const signals = createSignals(metrics, logger);
  const hooks: StoreHooks = {
    pspKeys: createPspKeys(config.pspKeySecret),
    trace: () => signals.trace(),
    onDue: () => {
      driver.wake();
    },
  };
  return {
    ...stores(hooks),
    clock,
    ids,
    scheduler,
    driver,
    signals,
    gateway,
    trips,
    limits: { ...config.operations, ...config.goalSweep },
    verifier: createWebhookVerifier(config.webhookSecret),
  };
}

/** Everything that the use cases ask for. */
export type PaymentDeps = ReturnType<typeof createDeps>;

/** The service without its process: what it does, to be driven by whoever has an event, a request or time. */
export interface PaymentParts {
  readonly deps: PaymentDeps;
  /** What is made of the events of others. */
  readonly subscriptions: readonly Subscription[];
  /** What is answered, internally as in public. */
  readonly endpoints: readonly Endpoint[];
  /** Starts what the service does of its own accord. */
  startLoops(): readonly RunningLoop[];
}

/** Puts the service together; nothing runs yet. */
export function createPaymentParts(ground: PaymentGround): PaymentParts {
  const { config } = ground;
  const deps = createDeps(ground);
  return {
    deps,
    subscriptions: [onTripRequested(deps), onTripCompleted(deps), onTripCancelled(deps), onTripExpired(deps)],
    endpoints: createEndpoints(deps),
    startLoops() {
      const operations = startDrivingOperations({ ...deps, pace: config.operations });
      deps.driver.wake = () => {
        operations.wake();
      };
      const sweep = startSweepingGoals({ ...deps, intervalMs: config.goalSweep.intervalMs });
      return [
        { name: 'operations', loop: operations, stopMs: config.operations.callTimeoutMs + STOP_MS },
        { name: 'goal sweep', loop: sweep, stopMs: STOP_MS },
        { name: 'purge', loop: startPurgingRequests(deps), stopMs: STOP_MS },
      ];
    },
  };
}
