import { createAccessTokenVerifier, createAuthenticator, createServiceTokens, listen } from '@rideshare/http';
import type { Authenticator } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { HealthMonitor, Logger, Metrics } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { startCityFeed } from './city-feed.ts';
import { createMailboxFolder } from './clients/mailbox-folder.ts';
import { readPageAssets } from './clients/page-assets.ts';
import { makeServiceCheck } from './clients/service-health.ts';
import { createServiceProxies } from './clients/service-proxy.ts';
import type { GatewayConfig } from './config.ts';
import { makeShowCity } from './consumers/show-city.ts';
import { createLoadShedder } from './domain/load-shedding.ts';
import { startLiveFeed } from './live-feed.ts';
import { createServiceLogger } from './logger.ts';
import { makeMetricsListener } from './metrics-listener.ts';
import { watchLoad } from './metrics.ts';
import { createMemoryRateLimiter } from './store/rate-limiter.memory.ts';

const SERVICE = 'gateway';
const CLOSE_TIMEOUT_MS = 10_000;

/** What tests put in the place of the machine. */
export interface Overrides {
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

interface Platform extends Required<Overrides> {
  readonly config: GatewayConfig;
  readonly metrics: Metrics;
  readonly database: Database;
}

function watchHealth({ config, clock, logger, metrics, database }: Platform): HealthMonitor {
  const services = Object.entries(config.internal.urls).map(([name, url]) => [name, makeServiceCheck(url)] as const);
  const external = {
    ...Object.fromEntries(services),
    // only the live streams come from it: without it the gateway is degraded, not gone
    event_log: (signal: AbortSignal) => database.check(signal),
  };
  return createHealth({ service: SERVICE, version: config.version, clock, external, logger, metrics });
}

function createGuard({ config: { internal }, clock }: Platform): Authenticator {
  return createAuthenticator({
    accessTokens: createAccessTokenVerifier({ jwksUrl: internal.jwksUrl, clock }),
    serviceTokens: createServiceTokens({
      service: SERVICE,
      privateKey: internal.privateKey.reveal(),
      publicKeys: internal.publicKeys,
      clock,
    }),
  });
}

async function startListening(platform: Platform, lifecycle: Lifecycle): Promise<RunningService> {
  const { config, metrics, logger, scheduler } = platform;
  const { environment } = config;
  const health = watchHealth(platform);
  const development = environment === 'development' ? startCityFeed(platform, lifecycle) : undefined;
  const handlers = development ? makeShowCity(development) : [];
  const streams = await startLiveFeed({ ...platform, topicPrefix: config.log.topicPrefix, handlers }, lifecycle);
  const shedder = createLoadShedder(config.capacity);
  watchLoad(metrics, { streams: () => streams.count, inFlight: (tier) => shedder.inFlight(tier) });
  const mailbox = createMailboxFolder(config.mailboxDir);
  const app = createApp({
    ...platform,
    ...config,
    health,
    servesMetrics: environment !== 'production',
    authenticate: createGuard(platform),
    limiter: createMemoryRateLimiter(config.rateLimitMultiplier),
    shedder,
    streams,
    proxies: createServiceProxies(config.internal.urls, config.upstreamTimeoutMs),
    pages: {
      assets: readPageAssets(),
      ...(development ? { development: { viewers: development.viewers, mailbox } } : {}),
    },
  });
  if (config.metricsPort !== undefined) {
    const inside = await listen(makeMetricsListener(metrics), { host: config.host, port: config.metricsPort });
    lifecycle.defer('metrics', () => inside.close(), CLOSE_TIMEOUT_MS);
  }
  const server = await listen(app, config);
  lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
  const endStreams = () => {
    streams.closeAll();
    development?.viewers.closeAll();
  };
  lifecycle.defer('live streams', endStreams, CLOSE_TIMEOUT_MS);
  lifecycle.defer('drain', () => scheduler.sleep(config.drainDelayMs), config.drainDelayMs + CLOSE_TIMEOUT_MS);
  lifecycle.defer('readiness', () => health.markDraining(), CLOSE_TIMEOUT_MS);
  health.markStarted();
  logger.info('listening', { url: server.url });
  return { url: server.url, port: server.port, close: () => lifecycle.close() };
}

/** Builds and starts the service; everything it opened is closed in the opposite order. */
export async function startService(config: GatewayConfig, overrides: Overrides = {}): Promise<RunningService> {
  const logger = overrides.logger ?? createServiceLogger(config);
  const lifecycle = new Lifecycle(({ durationMs, error, name }) => {
    if (error) logger.error('a step did not close', { step: name, error });
    else logger.info('closed', { step: name, durationMs });
  });
  try {
    const metrics = createMetrics({ service: SERVICE, version: config.version });
    const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
    lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
    const { clock = systemClock, ids = systemIds, scheduler = systemScheduler } = overrides;
    return await startListening({ config, clock, ids, scheduler, logger, metrics, database }, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
