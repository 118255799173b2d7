import {
  baseConfig,
  baseVars,
  configInvalid,
  databaseConfig,
  databaseVars,
  defineConfig,
  envBool,
  envDurationMs,
  envInt,
  envPort,
  envSecret,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
} from '@rideshare/config';

/** The configuration of the payment service. */
export const paymentConfig = defineConfig({
  vars: {
    ...baseVars,
    ...internalVars,
    ...databaseVars,
    ...logVars,
    PORT: envPort(8000),
    /** Shared with the gateway, which signs its webhooks with it. */
    WEBHOOK_SECRET: envSecret({ minLength: 16 }),
    /** Makes the keys of gateway calls. Changing it makes the open ones unanswerable: let them settle first. */
    PSP_KEY_SECRET: envSecret({ minLength: 16 }),
    /** Refuse the routes that move money without an `Idempotency-Key`. */
    PAYMENTS_REQUIRE_IDEMPOTENCY_KEY: envBool(false),
    /** How long a call to the gateway may take; after that its outcome is unknown. */
    PSP_TIMEOUT_MS: envDurationMs({ default: 5_000, min: 10, max: 60_000 }),
    /** How long after a call the gateway shows, at the latest, what it did. */
    PSP_HORIZON_MS: envDurationMs({ default: 60_000, min: 0 }),
    /** How long an operation belongs to the process that took it. */
    OPERATION_LEASE_MS: envDurationMs({ default: 15_000, min: 20, max: 600_000 }),
    OPERATION_INTERVAL_MS: envDurationMs({ default: 1_000, min: 10, max: 60_000 }),
    OPERATION_CONCURRENCY: envInt({ min: 1, max: 100, default: 8 }),
    /** Longest wait between two questions about an operation whose outcome is unknown. */
    QUERY_DELAY_MAX_MS: envDurationMs({ default: 15_000, min: 10, max: 300_000 }),
    GOAL_SWEEP_INTERVAL_MS: envDurationMs({ default: 60_000, min: 10 }),
    /** A payment on hold for longer than this has its trip asked about. */
    GOAL_SWEEP_AGE_MS: envDurationMs({ default: 300_000, min: 0 }),
    /** How long the sandbox's `tok_slow` takes. */
    SANDBOX_SLOW_MS: envDurationMs({ default: 2_000, max: 60_000 }),
  },
  build: (values) => {
    if (values.OPERATION_LEASE_MS <= values.PSP_TIMEOUT_MS) {
      throw configInvalid([{ pointer: 'OPERATION_LEASE_MS', detail: 'must be longer than PSP_TIMEOUT_MS' }]);
    }
    return {
      ...baseConfig(values),
      internal: internalConfig(values),
      database: databaseConfig(values),
      log: logConfig(values),
      webhookSecret: values.WEBHOOK_SECRET,
      pspKeySecret: values.PSP_KEY_SECRET,
      requireIdempotencyKey: values.PAYMENTS_REQUIRE_IDEMPOTENCY_KEY,
      operations: {
        callTimeoutMs: values.PSP_TIMEOUT_MS,
        horizonMs: values.PSP_HORIZON_MS,
        leaseMs: values.OPERATION_LEASE_MS,
        queryDelayMaxMs: values.QUERY_DELAY_MAX_MS,
        intervalMs: values.OPERATION_INTERVAL_MS,
        concurrency: values.OPERATION_CONCURRENCY,
      },
      goalSweep: { intervalMs: values.GOAL_SWEEP_INTERVAL_MS, heldForMs: values.GOAL_SWEEP_AGE_MS },
      sandboxSlowMs: values.SANDBOX_SLOW_MS,
    };
  },
});

/** What {@link paymentConfig} loads. */
export type PaymentConfig = ReturnType<typeof paymentConfig.load>;
