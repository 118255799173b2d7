import { randomUUID } from 'node:crypto';
import { createAccessTokenVerifier, createServiceClient, createServiceTokens, listen } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { createOperation, Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createConsumer, createEmbeddedLog, createRelay, createTail } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore, purgeIdempotencyKeys } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { createAccountsClient } from './clients/accounts.http.ts';
import { createTripsClient } from './clients/trips.http.ts';
import { createDriverParts } from './composition.ts';
import type { DriverConfig } from './config.ts';
import { createDriverLogger, SERVICE } from './logger.ts';
import { createStores } from './store/stores.pg.ts';
import type { Accounts, Trips } from './usecases/ports.ts';

/** What a test may put in place of the real thing. */
export interface Overrides {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly accounts: Accounts;
  readonly trips: Trips;
}

/** A running driver service. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const STEP_MS = 10_000; // no step of a shutdown takes longer, or it is not worth waiting for
const KEYS_KEPT_H = 96; // a day more than clients are promised

/** Builds the service, starts it, and closes it again in the opposite order. */
export async function startService(config: DriverConfig, overrides: Partial<Overrides> = {}): Promise<RunningService> {
  const logger = overrides.logger ?? createDriverLogger(config);
  const lifecycle = new Lifecycle(({ name, durationMs, error }) => {
    logger.info('closed', { step: name, durationMs, ...(error ? { error } : {}) });
  });
  try {
    const parts = await build(config, { ...overrides, logger }, lifecycle);
    return await run(config, parts, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

type Options = Partial<Overrides> & Pick<Overrides, 'logger'>;

async function build(config: DriverConfig, options: Options, lifecycle: Lifecycle) {
  const { clock = systemClock, ids = systemIds, scheduler = systemScheduler, logger } = options;
  const { internal, version } = config;
  const metrics = createMetrics({ service: SERVICE, version });
  const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
  lifecycle.defer('database', () => database.close(), STEP_MS);
  await assertDurable(database, config.environment);

  const log = createEmbeddedLog({ database, prefix: config.log.topicPrefix });
  const tokens = createServiceTokens({
    service: SERVICE,
    privateKey: internal.privateKey.reveal(),
    publicKeys: internal.publicKeys,
    clock,
  });
  const clientOf = (baseUrl: string) => createServiceClient({ baseUrl, tokens });
  const parts = createDriverParts({
    ...{ config, log, clock, ids, scheduler, logger, metrics },
    stores: (onSlotChanged) => createStores(database, onSlotChanged),
    accounts: options.accounts ?? createAccountsClient(clientOf(internal.urls.user)),
    trips: options.trips ?? createTripsClient(clientOf(internal.urls.trip)),
    begin: () => createOperation({ seed: ids.next(), at: clock.now() }),
    purgeKeys: () => purgeIdempotencyKeys(database, KEYS_KEPT_H),
  });
  return { parts, database, log, tokens, metrics, logger, clock, ids, scheduler };
}

async function run(
  config: DriverConfig,
  { parts, tokens, ...shared }: Awaited<ReturnType<typeof build>>,
  lifecycle: Lifecycle,
): Promise<RunningService> {
  const { environment, version, host, port, drainDelayMs } = config;
  const messaging = { ...shared, owner: `${SERVICE}-${randomUUID()}` };
  const { endpoints, subscriptions } = parts;
  const workers = {
    relay: createRelay(messaging),
    tail: createTail({ ...messaging, ...parts.tail }),
    ...parts.loops,
    consumer: createConsumer({ ...messaging, group: SERVICE, mode: 'transactional', subscriptions }),
  };
  const health = createHealth({
    ...{ ...shared, service: SERVICE, version },
    database: (signal) => shared.database.check(signal),
  });
  const app = createApp({
    ...{ ...shared, endpoints, environment, health, serviceTokens: tokens },
    accessTokens: createAccessTokenVerifier({ jwksUrl: config.internal.jwksUrl, clock: shared.clock }),
    idempotency: createIdempotencyStore(shared.database),
  });

  await parts.fill();
  for (const [name, worker] of Object.entries(workers)) {
    await worker.start();
    lifecycle.defer(name, () => worker.stop(), STEP_MS);
  }
  const server = await listen(app, { host, port });
  lifecycle.defer('http', () => server.close(), STEP_MS);
  const drain = async (): Promise<void> => {
    health.markDraining();
    await shared.scheduler.sleep(drainDelayMs);
  };
  lifecycle.defer('drain', drain, drainDelayMs + STEP_MS);
  health.markStarted();
  return { url: server.url, port: server.port, close: () => lifecycle.close() };
}
