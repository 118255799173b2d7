import type { z } from 'zod';
import { envDurationMs, envInt, envVar, Refusal } from './env.ts';
import { Secret } from './secret.ts';

function databaseUrl(text: string): Secret | Refusal {
  const url = URL.parse(text);
  return url && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1
    ? new Secret(text)
    : new Refusal('must be postgres://user:password@host:port/database');
}

/** The variables of a process with a database. */
export const databaseVars = {
  DATABASE_URL: envVar(databaseUrl),
  DATABASE_POOL_MAX: envInt({ min: 1, max: 200, default: 10 }),
  DATABASE_STATEMENT_TIMEOUT_MS: envDurationMs({ default: 10_000, min: 100, max: 600_000 }),
  DATABASE_LOCK_TIMEOUT_MS: envDurationMs({ default: 5_000, min: 50, max: 600_000 }),
} satisfies Record<string, z.ZodType>;

/** The nested form of {@link databaseVars}. */
export function databaseConfig(values: { [Name in keyof typeof databaseVars]: z.infer<(typeof databaseVars)[Name]> }): {
  url: Secret;
  poolMax: number;
  statementTimeoutMs: number;
  lockTimeoutMs: number;
} {
  return {
    url: values.DATABASE_URL,
    poolMax: values.DATABASE_POOL_MAX,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: values.DATABASE_LOCK_TIMEOUT_MS,
  };
}
