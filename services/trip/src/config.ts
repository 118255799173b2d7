import {
  baseConfig,
  baseVars,
  databaseConfig,
  databaseVars,
  defineConfig,
  envBool,
  envDurationMs,
  envInt,
  envList,
  envPort,
  envSecret,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
} from '@rideshare/config';

/** What a process of this service may do: answer requests, dispatch, and move events. */
const roles = ['api', 'dispatch', 'relay'] as const;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The configuration of the trip service. */
export const tripConfig = defineConfig({
  vars: {
    ...baseVars,
    PORT: envPort(3000),
    ...databaseVars,
    ...internalVars,
    ...logVars,
    TRIP_ROLES: envList(roles, roles),
    START_CODE_SECRET: envSecret({ minLength: 32 }),
    QUOTE_SECRET: envSecret({ minLength: 32 }),
    PAYMENTS_REQUIRE_IDEMPOTENCY_KEY: envBool(false),
    QUOTE_TTL_MS: envDurationMs({ default: 5 * MINUTE_MS, min: SECOND_MS }),
    SEARCH_MS: envDurationMs({ default: 120 * SECOND_MS, min: SECOND_MS }),
    OFFER_TTL_MS: envDurationMs({ default: 15 * SECOND_MS, min: SECOND_MS, max: 120 * SECOND_MS }),
    DISPATCH_WINDOW_MS: envDurationMs({ default: 250, min: 10, max: 30 * SECOND_MS }),
    TRIP_ARRIVE_MARGIN_MS: envDurationMs({ default: 30 * MINUTE_MS }),
    TRIP_START_MS: envDurationMs({ default: 30 * MINUTE_MS }),
    TRIP_RIDE_MIN_MS: envDurationMs({ default: 6 * HOUR_MS }),
    TRIP_RIDE_FACTOR: envInt({ default: 4, min: 1, max: 100 }),
    TRIP_SWEEP_MS: envDurationMs({ default: 5 * SECOND_MS, min: 100 }),
  },
  build: (values) => ({
    ...baseConfig(values),
    database: databaseConfig(values),
    internal: internalConfig(values),
    log: logConfig(values),
    roles: values.TRIP_ROLES,
    startCodeSecret: values.START_CODE_SECRET,
    quoteSecret: values.QUOTE_SECRET,
    requireIdempotencyKey: values.PAYMENTS_REQUIRE_IDEMPOTENCY_KEY,
    quoteTtlMs: values.QUOTE_TTL_MS,
    dispatchWindowMs: values.DISPATCH_WINDOW_MS,
    sweepMs: values.TRIP_SWEEP_MS,
    bounds: {
      searchMs: values.SEARCH_MS,
      offerTtlMs: values.OFFER_TTL_MS,
      arriveMarginMs: values.TRIP_ARRIVE_MARGIN_MS,
      startMs: values.TRIP_START_MS,
      rideFactor: values.TRIP_RIDE_FACTOR,
      rideMinMs: values.TRIP_RIDE_MIN_MS,
    },
  }),
});

/** The loaded configuration. */
export type TripConfig = ReturnType<typeof tripConfig.load>;
