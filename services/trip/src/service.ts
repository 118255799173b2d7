import { createAccessTokenVerifier, createServiceClient, createServiceTokens, listen } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { createOperation, Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createEmbeddedLog } from '@rideshare/messaging';
import { createHealth, createMetrics, currentTraceId } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore, createLease } from '@rideshare/postgres';
import { createAdapters, createNeighbours } from './adapters.ts';
import type { Neighbours } from './adapters.ts';
import { createApp } from './app.ts';
import { startBackground } from './background.ts';
import type { TripConfig } from './config.ts';
import { createTripLogger } from './logger.ts';
import { createPgStores } from './store/stores.pg.ts';
import { LEAD_TTL_MS } from './usecases/dispatch/dispatcher.ts';

const SERVICE = 'trip';
/** No step of closing takes longer; an orchestrator kills after 30 s. */
const CLOSE_TIMEOUT_MS = 10_000;
/** What tests put in place of the machine's own. */
export interface TripOverrides {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly neighbours: Neighbours;
}

/** Starts the trip service. */
export async function startService(
  config: TripConfig,
  overrides: Partial<TripOverrides> = {},
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const logger = overrides.logger ?? createTripLogger(config);
  const lifecycle = new Lifecycle((step) => logger.debug('closed', { ...step }));
  try {
    return await start(config, { ...overrides, logger }, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function start(
  config: TripConfig,
  overrides: Partial<TripOverrides> & Pick<TripOverrides, 'logger'>,
  lifecycle: Lifecycle,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const { version, environment } = config;
  const parts = { clock: systemClock, ids: systemIds, scheduler: systemScheduler, ...overrides };
  const metrics = createMetrics({ service: SERVICE, version });
  const database = createDatabase({ ...config.database, ...parts, applicationName: SERVICE, metrics });
  lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
  await assertDurable(database, environment);
  const { privateKey, publicKeys, jwksUrl } = config.internal;
  const serviceTokens = createServiceTokens({
    ...parts,
    service: SERVICE,
    privateKey: privateKey.reveal(),
    publicKeys,
  });
  const operations = {
    fresh: <Result>() => createOperation<Result>({ seed: parts.ids.next(), at: parts.clock.now() }),
  };
  const owner = parts.ids.next();
  const clientOf = (baseUrl: string) => createServiceClient({ baseUrl, tokens: serviceTokens });
  const { driver, payment } = config.internal.urls;
  const running = {
    ...parts,
    ...{ operations, config, database, metrics, owner },
    log: createEmbeddedLog({ database, prefix: config.log.topicPrefix }),
    stores: createPgStores(database, currentTraceId),
    leadership: createLease(database, 'dispatch', owner, LEAD_TTL_MS),
    neighbours: overrides.neighbours ?? createNeighbours({ driver: clientOf(driver), payment: clientOf(payment) }),
  };
  const adapters = createAdapters(running);
  await startBackground(running, adapters, (name, stop) => lifecycle.defer(name, stop, CLOSE_TIMEOUT_MS));
  const identity = { service: SERVICE, version, metrics };
  const health = createHealth({ ...parts, ...identity, database: (signal) => database.check(signal) });
  const app = createApp({
    ...parts,
    ...identity,
    environment,
    health,
    accessTokens: createAccessTokenVerifier({ jwksUrl, clock: parts.clock }),
    serviceTokens,
    idempotency: createIdempotencyStore(database),
    requireIdempotencyKey: config.requireIdempotencyKey,
    answersRequests: config.roles.includes('api'),
    deps: adapters,
  });
  const server = await listen(app, config);
  lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
  const drain = (): Promise<void> => {
    health.markDraining();
    return parts.scheduler.sleep(config.drainDelayMs);
  };
  lifecycle.defer('drain', drain, config.drainDelayMs + CLOSE_TIMEOUT_MS);
  health.markStarted();
  parts.logger.info('listening', { url: server.url });
  return { url: server.url, port: server.port, close: () => lifecycle.close() };
}
