import { createServiceTokens, listen } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { createOperation, Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createConsumer, createEmbeddedLog, createRelay } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import { assertDurable, createDatabase, createIdempotencyStore, purgeIdempotencyKeys } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createAdapters } from './adapters.ts';
import { createApp } from './app.ts';
import type { UserDeps } from './app.ts';
import type { UserConfig } from './config.ts';
import { driverRegisteredSubscription } from './consumers/driver-registered.ts';
import { createOwnTokenVerifier } from './keys/access-tokens.ts';
import { keyedIdempotencyStore } from './keys/keyed-idempotency-store.ts';
import { createUserLogger } from './logger.ts';
import { ensureAdministrator } from './usecases/ensure-administrator.ts';
import { startPurgeExpired } from './workers/purge-expired.ts';
import { startWatchTokenKeys } from './workers/watch-token-keys.ts';

const SERVICE = 'user';
/** No step of closing takes longer; an orchestrator kills after 30 s. */
const CLOSE_TIMEOUT_MS = 10_000;
/** A day more than clients are promised. */
const IDEMPOTENCY_KEPT_H = 96;

/** What tests put in place of the machine's own. */
export interface UserOverrides {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

type Platform = UserOverrides & {
  readonly config: UserConfig;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly owner: string;
};

async function createAdministrator(platform: Platform, deps: UserDeps): Promise<void> {
  const { administrator } = platform.config;
  if (!administrator) return;
  const operation = createOperation({ seed: platform.ids.next(), at: platform.clock.now() });
  const { email, password } = administrator;
  const outcome = await ensureAdministrator(deps, operation, { email, password: password.reveal() });
  if (outcome === 'not_an_administrator') {
    platform.logger.warn('ADMIN_EMAIL belongs to an account that is no administrator; it was left as it is');
  } else platform.logger.info('the administrator was looked for', { outcome });
}

/** Starts what runs beside the requests; each is stopped by `lifecycle`, the relay after whatever writes events. */
async function startWorkers(platform: Platform, deps: UserDeps, lifecycle: Lifecycle): Promise<void> {
  const { config, database, scheduler, logger } = platform;
  const log = createEmbeddedLog({ database, prefix: config.log.topicPrefix });
  const relay = createRelay({ ...platform, log });
  const subscriptions = [driverRegisteredSubscription(deps)];
  const consumer = createConsumer({ ...platform, log, group: SERVICE, mode: 'transactional', subscriptions });
  for (const [name, worker] of Object.entries({ relay, consumer })) {
    await worker.start();
    lifecycle.defer(name, () => worker.stop(), CLOSE_TIMEOUT_MS);
  }
  const onError = (error: Error, name: string): void => logger.error('a loop failed', { loop: name, error });
  const keptAnswers = { purge: () => purgeIdempotencyKeys(database, IDEMPOTENCY_KEPT_H) };
  const loops = [
    startPurgeExpired({ ...deps, keptAnswers, scheduler }, onError),
    startWatchTokenKeys({ ...deps, scheduler }, onError),
  ];
  for (const loop of loops) lifecycle.defer('loop', () => loop.stop(), CLOSE_TIMEOUT_MS);
}

/** Starts the user service. */
export async function startService(
  config: UserConfig,
  overrides: Partial<UserOverrides> = {},
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const logger = overrides.logger ?? createUserLogger(config);
  const lifecycle = new Lifecycle((step) => logger.debug('closed', { ...step }));
  try {
    return await start(config, { ...overrides, logger }, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function start(
  config: UserConfig,
  overrides: Partial<UserOverrides> & Pick<UserOverrides, 'logger'>,
  lifecycle: Lifecycle,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const { version, environment } = config;
  const parts = { clock: systemClock, ids: systemIds, scheduler: systemScheduler, ...overrides };
  const metrics = createMetrics({ service: SERVICE, version });
  const { url, ...limits } = config.database;
  const database = createDatabase({ ...limits, ...parts, url: url.reveal(), applicationName: SERVICE, metrics });
  lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
  await assertDurable(database, environment);
  const health = createHealth({
    ...parts,
    service: SERVICE,
    version,
    metrics,
    database: (signal) => database.check(signal),
  });
  const platform = { ...parts, config, database, metrics, owner: parts.ids.next() };
  const deps = await createAdapters(platform);
  await createAdministrator(platform, deps);
  await startWorkers(platform, deps, lifecycle);
  const app = createApp(deps, {
    ...parts,
    service: SERVICE,
    version,
    environment,
    metrics,
    health,
    accessTokens: createOwnTokenVerifier({ ...parts, tokenKeys: deps.tokenKeys }),
    serviceTokens: createServiceTokens({
      ...parts,
      service: SERVICE,
      privateKey: config.internal.privateKey.reveal(),
      publicKeys: config.internal.publicKeys,
    }),
    idempotency: keyedIdempotencyStore(createIdempotencyStore(database), config.refreshTokenSecret.reveal()),
  });
  const server = await listen(app, config);
  lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
  lifecycle.defer(
    'drain',
    () => {
      health.markDraining();
      return parts.scheduler.sleep(config.drainDelayMs);
    },
    config.drainDelayMs + CLOSE_TIMEOUT_MS,
  );
  health.markStarted();
  parts.logger.info('listening', { url: server.url });
  return { url: server.url, port: server.port, close: () => lifecycle.close() };
}
