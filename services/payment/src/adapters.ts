import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { createServiceClient } from '@rideshare/http';
import type { ServiceTokens } from '@rideshare/http';
import type { Logger, Metrics } from '@rideshare/observability';
import type { Database } from '@rideshare/postgres';
import { createTrips } from './clients/trips.ts';
import type { PaymentConfig } from './config.ts';
import { createSignals } from './metrics.ts';
import { createPspKeys, createWebhookVerifier } from './signing.ts';
import { createMethodStore } from './store/method-store.pg.ts';
import { createOperationQueue } from './store/operation-queue.pg.ts';
import { createPaymentCensus } from './store/payment-census.pg.ts';
import { createPaymentStore } from './store/payment-store.pg.ts';
import { createRequestMemory } from './store/request-memory.pg.ts';
import { createSandboxGateway } from './store/sandbox-gateway.pg.ts';
import { createWebhookLog } from './store/webhook-log.pg.ts';
import type { PaymentGateway, Trips } from './usecases/ports.ts';

/** What the adapters stand on. */
export interface Ground {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tokens: ServiceTokens;
  readonly database: Database;
}

/** The neighbours that tests replace. */
export interface Neighbours {
  readonly gateway?: (sandbox: PaymentGateway) => PaymentGateway;
  readonly trips?: Trips;
}

/** Everything that the use cases ask for. */
export function createAdapters(config: PaymentConfig, ground: Ground, neighbours: Neighbours) {
  const { clock, ids, scheduler, logger, metrics, tokens, database } = ground;
  // set once the driver of operations runs; until then nobody has to be woken
  const driver: { wake: () => void } = { wake: () => undefined };
  const wake = (): void => {
    driver.wake();
  };
  const signals = createSignals(metrics, logger);
  const sandbox = createSandboxGateway({ database, scheduler, slowMs: config.sandboxSlowMs });
  const trips = (): Trips => createTrips(createServiceClient({ baseUrl: config.internal.urls.trip, tokens }));
  return {
    clock,
    ids,
    scheduler,
    driver,
    signals,
    limits: { ...config.operations, ...config.goalSweep },
    gateway: neighbours.gateway?.(sandbox) ?? sandbox,
    trips: neighbours.trips ?? trips(),
    payments: createPaymentStore({
      database,
      pspKeys: createPspKeys(config.pspKeySecret),
      trace: () => signals.trace(),
      onPlanned: wake,
    }),
    operations: createOperationQueue(database),
    methods: createMethodStore(database),
    webhooks: createWebhookLog(database, wake),
    verifier: createWebhookVerifier(config.webhookSecret),
    census: createPaymentCensus(database),
    memory: createRequestMemory(database),
  };
}
