import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createAccessTokenVerifier, createServiceClient, createServiceTokens, listen } from '@rideshare/http';
import type { ServiceTokens } from '@rideshare/http';
import { createConsumer, createEmbeddedLog, createRelay } from '@rideshare/messaging';
import type { Worker } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { createTrips } from './clients/trips.ts';
import { createPaymentParts } from './composition.ts';
import type { PaymentConfig } from './config.ts';
import { createServiceLogger } from './logger.ts';
import { observePayments } from './metrics.ts';
import { createPgSandboxGateway } from './store/sandbox-gateway.pg.ts';
import { createPgStores } from './store/stores.pg.ts';
import type { PaymentGateway, Trips } from './usecases/ports.ts';

const SERVICE = 'payment';
const CLOSE_TIMEOUT_MS = 5_000;

/** What tests put in the place of the machine and of the neighbours. */
export interface Overrides {
  readonly gateway?: (sandbox: PaymentGateway) => PaymentGateway;
  readonly trips?: Trips;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly scheduler?: Scheduler;
  readonly logger?: Logger;
}

/** A running service. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

function machineOf(config: PaymentConfig, overrides: Overrides) {
  const clock = overrides.clock ?? systemClock;
  const privateKey = config.internal.privateKey.reveal();
  return {
    clock,
    ids: overrides.ids ?? systemIds,
    scheduler: overrides.scheduler ?? systemScheduler,
    logger: overrides.logger ?? createServiceLogger(config),
    metrics: createMetrics({ service: SERVICE, version: config.version }),
    tokens: createServiceTokens({ service: SERVICE, clock, privateKey, publicKeys: config.internal.publicKeys }),
  };
}

function tripsOf({ internal }: PaymentConfig, tokens: ServiceTokens): Trips {
  return createTrips(createServiceClient({ baseUrl: internal.urls.trip, tokens }));
}

/** Builds and starts the service; everything it opened is closed in the opposite order. */
export async function startService(config: PaymentConfig, overrides: Overrides = {}): Promise<RunningService> {
  const machine = machineOf(config, overrides);
  const { clock, ids, scheduler, logger, metrics } = machine;
  const lifecycle = new Lifecycle(({ durationMs, error, name }) => {
    if (error) logger.error('a step did not close', { step: name, error });
    else logger.info('closed', { step: name, durationMs });
  });
  const run = async (name: string, worker: Worker): Promise<void> => {
    await worker.start();
    lifecycle.defer(name, () => worker.stop(), CLOSE_TIMEOUT_MS);
  };
  try {
    const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
    lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
    await assertDurable(database, config.environment);
    const log = createEmbeddedLog({ database, prefix: config.log.topicPrefix });
    const working = { database, log, scheduler, clock, logger, metrics, owner: ids.next() };
    await run('relay', createRelay(working));

    const sandbox = createPgSandboxGateway(database, { scheduler, slowMs: config.sandboxSlowMs });
    const { deps, endpoints, subscriptions, ...parts } = createPaymentParts({
      ...machine,
      config,
      stores: (hooks) => createPgStores(database, hooks),
      gateway: overrides.gateway?.(sandbox) ?? sandbox,
      trips: overrides.trips ?? tripsOf(config, machine.tokens),
    });
    observePayments(metrics, deps.census);
    for (const { name, loop, stopMs } of parts.startLoops()) lifecycle.defer(name, () => loop.stop(), stopMs);
    await run('consumer', createConsumer({ ...working, group: SERVICE, mode: 'transactional', subscriptions }));

    const check = (signal: AbortSignal) => database.check(signal);
    const health = createHealth({ service: SERVICE, version: config.version, clock, database: check, logger, metrics });
    const app = createApp({
      endpoints,
      environment: config.environment,
      logger,
      metrics,
      health,
      clock,
      ids,
      accessTokens: createAccessTokenVerifier({ jwksUrl: config.internal.jwksUrl, clock }),
      serviceTokens: machine.tokens,
      idempotency: createIdempotencyStore(database),
      requireIdempotencyKey: config.requireIdempotencyKey,
    });
    const server = await listen(app, config);
    lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
    lifecycle.defer('drain', () => scheduler.sleep(config.drainDelayMs), config.drainDelayMs + CLOSE_TIMEOUT_MS);
    lifecycle.defer('readiness', () => health.markDraining(), CLOSE_TIMEOUT_MS);
    health.markStarted();
    logger.info('ready', { url: server.url });
    return { url: server.url, port: server.port, close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
