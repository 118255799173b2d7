import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createAccessTokenVerifier, createServiceTokens, listen } from '@rideshare/http';
import { createConsumer, createEmbeddedLog, createRelay } from '@rideshare/messaging';
import type { Worker } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore } from '@rideshare/postgres';
import { createAdapters } from './adapters.ts';
import type { Neighbours } from './adapters.ts';
import { createApp } from './app.ts';
import type { PaymentConfig } from './config.ts';
import { onTripCancelled } from './consumers/trip-cancelled.ts';
import { onTripCompleted } from './consumers/trip-completed.ts';
import { onTripExpired } from './consumers/trip-expired.ts';
import { onTripRequested } from './consumers/trip-requested.ts';
import { createServiceLogger } from './logger.ts';
import { observePayments } from './metrics.ts';
import { startDrivingOperations } from './workers/drive-operations.ts';
import { startPurgingRequests } from './workers/purge-requests.ts';
import { startSweepingGoals } from './workers/sweep-goals.ts';

const SERVICE = 'payment';
const CLOSE_TIMEOUT_MS = 5_000;

/** What tests put in the place of the machine and of the neighbours. */
export interface Overrides extends Neighbours {
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

function startLoops(config: PaymentConfig, adapters: ReturnType<typeof createAdapters>, lifecycle: Lifecycle): void {
  const driver = startDrivingOperations({ ...adapters, pace: config.operations });
  adapters.driver.wake = () => {
    driver.wake();
  };
  lifecycle.defer('operations', () => driver.stop(), config.operations.callTimeoutMs + CLOSE_TIMEOUT_MS);
  const sweep = startSweepingGoals({ ...adapters, intervalMs: config.goalSweep.intervalMs });
  lifecycle.defer('goal sweep', () => sweep.stop(), CLOSE_TIMEOUT_MS);
  const purge = startPurgingRequests(adapters);
  lifecycle.defer('purge', () => purge.stop(), CLOSE_TIMEOUT_MS);
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

    const adapters = createAdapters(config, { ...machine, database }, overrides);
    observePayments(metrics, adapters.census);
    startLoops(config, adapters, lifecycle);
    const subscriptions = [onTripRequested, onTripCompleted, onTripCancelled, onTripExpired].map((on) => on(adapters));
    await run('consumer', createConsumer({ ...working, group: SERVICE, mode: 'transactional', subscriptions }));

    const check = (signal: AbortSignal) => database.check(signal);
    const health = createHealth({ service: SERVICE, version: config.version, clock, database: check, logger, metrics });
    const app = createApp(adapters, {
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
