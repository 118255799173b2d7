import { createAccessTokenVerifier, createAuthenticator, createServiceTokens, listen } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { makeServiceCheck } from './clients/service-health.ts';
import { createServiceProxies } from './clients/service-proxy.ts';
import type { GatewayConfig } from './config.ts';
import { createLoadShedder } from './domain/load-shedding.ts';
import { startLiveFeed } from './live-feed.ts';
import { createServiceLogger } from './logger.ts';
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

/** Builds and starts the service; everything it opened is closed in the opposite order. */
export async function startService(config: GatewayConfig, overrides: Overrides = {}): Promise<RunningService> {
  const clock = overrides.clock ?? systemClock;
  const ids = overrides.ids ?? systemIds;
  const scheduler = overrides.scheduler ?? systemScheduler;
  const logger = overrides.logger ?? createServiceLogger(config);
  const metrics = createMetrics({ service: SERVICE, version: config.version });
  const lifecycle = new Lifecycle(({ durationMs, error, name }) => {
    if (error) logger.error('a step did not close', { step: name, error });
    else logger.info('closed', { step: name, durationMs });
  });
  try {
    const { urls } = config.internal;
    const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
    lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
    const external = {
      ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, makeServiceCheck(url)])),
      // only the live streams come from it: without it the gateway is degraded, not gone
      event_log: (signal: AbortSignal) => database.check(signal),
    };
    const health = createHealth({ service: SERVICE, version: config.version, clock, external, logger, metrics });
    const authenticate = createAuthenticator({
      accessTokens: createAccessTokenVerifier({ jwksUrl: config.internal.jwksUrl, clock }),
      serviceTokens: createServiceTokens({
        service: SERVICE,
        privateKey: config.internal.privateKey.reveal(),
        publicKeys: config.internal.publicKeys,
        clock,
      }),
    });
    const topicPrefix = config.log.topicPrefix;
    const streams = await startLiveFeed({ clock, scheduler, logger, metrics, database, topicPrefix }, lifecycle);
    const shedder = createLoadShedder(config.capacity);
    watchLoad(metrics, { streams: () => streams.count, inFlight: (tier) => shedder.inFlight(tier) });
    const app = createApp({
      ids,
      logger,
      metrics,
      health,
      authenticate,
      limiter: createMemoryRateLimiter(config.rateLimitMultiplier),
      shedder,
      streams,
      streamsMax: config.streamsMax,
      proxies: createServiceProxies(urls),
      version: config.version,
      trustProxy: config.trustProxy,
    });
    const server = await listen(app, config);
    lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
    lifecycle.defer('live streams', () => streams.closeAll(), CLOSE_TIMEOUT_MS);
    lifecycle.defer('drain', () => scheduler.sleep(config.drainDelayMs), config.drainDelayMs + CLOSE_TIMEOUT_MS);
    const drain = () => {
      health.markDraining();
    };
    lifecycle.defer('readiness', drain, CLOSE_TIMEOUT_MS);
    health.markStarted();
    logger.info('listening', { url: server.url });
    return { url: server.url, port: server.port, close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
