import {
  baseConfig,
  baseVars,
  configInvalid,
  databaseConfig,
  databaseVars,
  defineConfig,
  envDurationMs,
  envInt,
  envPort,
  envSecret,
  envText,
  envVar,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
  Refusal,
} from '@rideshare/config';

const DAY_MS = 86_400_000;
/** The password that a development platform's administrator has, known to everybody who can read. */
const DEVELOPMENT_ADMIN_PASSWORD = 'local-admin-only';
const ADDRESS_FAILURES_MAX = { production: 100, development: 10_000, test: 10_000 } as const;

/** Everything the user service is told from outside. */
export const userConfig = defineConfig({
  vars: {
    ...baseVars,
    ...databaseVars,
    ...internalVars,
    ...logVars,
    PORT: envPort(8081),
    TOKEN_KEYS_FILE: envText(),
    REFRESH_TOKEN_SECRET: envSecret({ minLength: 32 }),
    REFRESH_TOKEN_TTL_MS: envDurationMs({ default: 30 * DAY_MS, min: 60_000, max: 365 * DAY_MS }),
    SESSION_TTL_MS: envDurationMs({ default: 90 * DAY_MS, min: 60_000, max: 730 * DAY_MS }),
    PASSWORD_HASH_CONCURRENCY: envInt({ min: 1, max: 64 }).optional(),
    PASSWORD_HASH_QUEUE_MAX: envInt({ min: 0, max: 10_000, default: 64 }),
    LOGIN_ADDRESS_FAILURES_MAX: envInt({ min: 1, max: 1_000_000 }).optional(),
    ADMIN_EMAIL: envVar((text) =>
      /^[^\s@]+@[^\s@]+$/.test(text) ? text : new Refusal('must be an e-mail address'),
    ).optional(),
    ADMIN_PASSWORD: envSecret({ minLength: 8 }).optional(),
  },
  build(values) {
    const base = baseConfig(values);
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values;
    if ((email === undefined) !== (password === undefined)) {
      throw configInvalid([
        { pointer: email === undefined ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD', detail: 'must be set with its counterpart' },
      ]);
    }
    if (base.environment === 'production' && password?.reveal() === DEVELOPMENT_ADMIN_PASSWORD) {
      throw configInvalid([{ pointer: 'ADMIN_PASSWORD', detail: 'must not be the default of development' }]);
    }
    return {
      ...base,
      database: databaseConfig(values),
      internal: internalConfig(values),
      log: logConfig(values),
      tokenKeysFile: values.TOKEN_KEYS_FILE,
      refreshTokenSecret: values.REFRESH_TOKEN_SECRET,
      sessionPolicy: { refreshTokenTtlMs: values.REFRESH_TOKEN_TTL_MS, sessionTtlMs: values.SESSION_TTL_MS },
      passwordPool: { concurrency: values.PASSWORD_HASH_CONCURRENCY, queueMax: values.PASSWORD_HASH_QUEUE_MAX },
      addressFailuresMax: values.LOGIN_ADDRESS_FAILURES_MAX ?? ADDRESS_FAILURES_MAX[base.environment],
      administrator: email !== undefined && password !== undefined ? { email, password } : undefined,
    };
  },
});

/** The configuration of the user service. */
export type UserConfig = ReturnType<typeof userConfig.load>;
