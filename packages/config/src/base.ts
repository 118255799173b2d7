import type { z } from 'zod';
import { envChoice, envInt, envPort, envRefused, envText } from './env.ts';

type Values<Vars extends Record<string, z.ZodType>> = { [Name in keyof Vars]: z.infer<Vars[Name]> };

/** Where a process runs; without a word about it, the rules of production apply. */
export type Environment = 'production' | 'development' | 'test';
/** The least severe level that is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

const environments: readonly Environment[] = ['production', 'development', 'test'];
const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** The variables that every process has. A service overrides `PORT` with its own default. */
export const baseVars = {
  ENVIRONMENT: envChoice(environments, 'production'),
  LOG_LEVEL: envChoice(logLevels, 'info'),
  SERVICE_NAME: envText().optional(),
  SERVICE_VERSION: envText('0.0.0'),
  HOST: envText('127.0.0.1'),
  PORT: envPort(8080),
  OTEL_SERVICE_NAME: envText().optional(),
  /** How long a process that is going away still answers, so that balancers notice. Outside production: not at all. */
  DRAIN_DELAY_MS: envInt({ min: 0, max: 60_000 }).optional(),
  JWT_SECRET: envRefused('is gone: access tokens are signed with a key pair, see JWKS_URL'),
  JAEGER_ENDPOINT: envRefused('is gone: set OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_EXPORTER=otlp'),
  OTEL_SERVICE_VERSION: envRefused('is gone: set SERVICE_VERSION'),
  REDIS_URL: envRefused('is not available yet: leave it unset, caches and limits live in the process'),
  CASSANDRA_HOSTS: envRefused('is not available yet: leave it unset, trips live in PostgreSQL'),
} satisfies Record<string, z.ZodType>;

const PRODUCTION_DRAIN_MS = 5_000; // two probe periods of a balancer that asks every two seconds, and some

/** The nested form of {@link baseVars}. */
export function baseConfig(values: Values<typeof baseVars>): {
  environment: Environment;
  logLevel: LogLevel;
  version: string;
  host: string;
  port: number;
  drainDelayMs: number;
} {
  const environment = values.ENVIRONMENT;
  return {
    environment,
    logLevel: values.LOG_LEVEL,
    version: values.SERVICE_VERSION,
    host: values.HOST,
    port: values.PORT,
    drainDelayMs: values.DRAIN_DELAY_MS ?? (environment === 'production' ? PRODUCTION_DRAIN_MS : 0),
  };
}
