import {
  baseConfig,
  baseVars,
  databaseConfig,
  databaseVars,
  defineConfig,
  envDurationMs,
  envInt,
  envList,
  envPort,
  envText,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
} from '@rideshare/config';

const DEVELOPMENT_RATE_MULTIPLIER = 100;

/** The configuration of the gateway. */
export const gatewayConfig = defineConfig({
  vars: {
    ...baseVars,
    ...internalVars,
    ...databaseVars,
    ...logVars,
    PORT: envPort(8080),
    /** Where production serves `/metrics`, on an address of the inside; unset: nowhere. Development serves it on `PORT`. */
    METRICS_PORT: envInt({ min: 0, max: 65_535 }).optional(),
    /** Addresses or networks of proxies in front that may set `X-Forwarded-For`. */
    TRUST_PROXY: envList([]),
    /** Raises every rate limit; 1 in production, 100 in development. */
    RATE_LIMIT_MULTIPLIER: envInt({ min: 1, max: 1_000_000 }).optional(),
    /** Requests under way at once, what of them is kept for trips in progress and money, and logins beside them. */
    CONCURRENCY_MAX: envInt({ min: 8, max: 100_000, default: 512 }),
    CONCURRENCY_RESERVE: envInt({ min: 0, max: 100_000, default: 256 }),
    CONCURRENCY_AUTH: envInt({ min: 1, max: 10_000, default: 64 }),
    /** Longer than a service's own statement and lock timeouts, so that its own answer comes first. */
    UPSTREAM_TIMEOUT_MS: envDurationMs({ default: 15_000, min: 100, max: 120_000 }),
    /** Live streams open at once, of everybody. */
    STREAMS_MAX: envInt({ min: 1, max: 100_000, default: 10_000 }),
    /** Origins of web apps that may call from a browser. */
    CORS_ORIGINS: envList([]),
    /** Development only: the folder that `/mailbox` shows. */
    MAILBOX_DIR: envText('.data/mailbox'),
  },
  build: (values) => {
    const base = baseConfig(values);
    return {
      ...base,
      internal: internalConfig(values),
      database: databaseConfig(values),
      log: logConfig(values),
      metricsPort: values.METRICS_PORT,
      trustProxy: values.TRUST_PROXY,
      rateLimitMultiplier:
        values.RATE_LIMIT_MULTIPLIER ?? (base.environment === 'development' ? DEVELOPMENT_RATE_MULTIPLIER : 1),
      capacity: {
        total: values.CONCURRENCY_MAX,
        reserve: Math.min(values.CONCURRENCY_RESERVE, values.CONCURRENCY_MAX - 1),
        auth: values.CONCURRENCY_AUTH,
      },
      upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
      streamsMax: values.STREAMS_MAX,
      corsOrigins: values.CORS_ORIGINS,
      mailboxDir: values.MAILBOX_DIR,
    };
  },
});

/** What {@link gatewayConfig} loads. */
export type GatewayConfig = ReturnType<typeof gatewayConfig.load>;
