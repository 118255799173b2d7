import { randomUUID } from 'node:crypto';
import { createAccessTokenVerifier, createServiceClient, createServiceTokens, listen } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { createOperation, Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createConsumer, createEmbeddedLog, createRelay, createTail } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore, purgeIdempotencyKeys } from '@rideshare/postgres';
import { createApp } from './app.ts';
import type { RouteDeps } from './app.ts';
import { createAccountsClient } from './clients/accounts.http.ts';
import { createTripsClient } from './clients/trips.http.ts';
import type { DriverConfig } from './config.ts';
import { onFleetMoved } from './consumers/fleet-moved.ts';
import { driverSubscriptions } from './consumers/subscriptions.ts';
import { createDriverLogger, SERVICE } from './logger.ts';
import { createSignals, observeActiveDrivers } from './metrics.ts';
import { createNumberTraces } from './number-traces.ts';
import { createLocationPublisher } from './store/location-publisher.log.ts';
import { createStores } from './store/stores.pg.ts';
import { createFleet } from './usecases/fleet.ts';
import { createLocationBuffer } from './usecases/location-buffer.ts';
import type { Accounts, Trips } from './usecases/ports.ts';
import { createLoops } from './workers/loops.ts';

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
/** How far back the index reads the log; what is older stands in the tables that it is filled from first. */
const TAIL_AGE_MS = 60_000;
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
  const signals = createSignals(metrics, logger);
  const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
  lifecycle.defer('database', () => database.close(), STEP_MS);
  await assertDurable(database, config.environment);

  const log = createEmbeddedLog({ database, prefix: config.log.topicPrefix });
  const fleet = createFleet();
  const stores = createStores(database, (change) => {
    fleet.slotChanged({ ...change.slot, position: change.position });
    signals.slotChanged(change.reason);
  });
  observeActiveDrivers(metrics, () => stores.slots.countOnline());
  const tokens = createServiceTokens({
    service: SERVICE,
    privateKey: internal.privateKey.reveal(),
    publicKeys: internal.publicKeys,
    clock,
  });
  const accounts =
    options.accounts ?? createAccountsClient(createServiceClient({ baseUrl: internal.urls.user, tokens }));
  const trips = options.trips ?? createTripsClient(createServiceClient({ baseUrl: internal.urls.trip, tokens }));
  const use: RouteDeps & Parameters<typeof createLoops>[0] = {
    ...stores,
    ...{ accounts, trips, fleet, buffer: createLocationBuffer(), signals, clock, ids, scheduler },
    publisher: createLocationPublisher(log, ids),
    numbers: createNumberTraces(config.documents.hashKey),
    autoApprove: config.documents.autoApprove,
    begin: () => createOperation({ seed: ids.next(), at: clock.now() }),
    purgeKeys: () => purgeIdempotencyKeys(database, KEYS_KEPT_H),
  };
  return { use, stores, fleet, database, log, tokens, metrics, logger, clock, ids, scheduler };
}

async function run(
  config: DriverConfig,
  { use, stores, fleet, tokens, ...shared }: Awaited<ReturnType<typeof build>>,
  lifecycle: Lifecycle,
): Promise<RunningService> {
  const { environment, version, host, port, drainDelayMs } = config;
  const messaging = { ...shared, owner: `${SERVICE}-${randomUUID()}` };
  const workers = {
    relay: createRelay(messaging),
    tail: createTail({
      ...messaging,
      topics: ['driver.locations', 'driver.events'],
      fromAgeMs: TAIL_AGE_MS,
      subscriptions: onFleetMoved({ fleet, clock: shared.clock }),
    }),
    ...createLoops(use, config),
    consumer: createConsumer({
      ...messaging,
      group: SERVICE,
      mode: 'transactional',
      subscriptions: driverSubscriptions(stores),
    }),
  };
  const health = createHealth({
    ...{ ...shared, service: SERVICE, version },
    database: (signal) => shared.database.check(signal),
  });
  const app = createApp(
    {
      ...{ ...shared, environment, health, serviceTokens: tokens },
      accessTokens: createAccessTokenVerifier({ jwksUrl: config.internal.jwksUrl, clock: shared.clock }),
      idempotency: createIdempotencyStore(shared.database),
    },
    use,
  );

  for (const slot of await stores.positions.fleet()) fleet.slotChanged(slot);
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
