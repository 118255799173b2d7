import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  baseConfig,
  baseVars,
  databaseVars,
  defineConfig,
  envDurationMs,
  envPort,
  envText,
  Secret,
} from '@rideshare/config';
import { AppError } from '@rideshare/kernel';
import { z } from 'zod';

const runSchema = z.object({ pid: z.int(), databaseUrls: z.object({ admin: z.string() }) });

/** The configuration of the auditor. */
export const auditorConfig = defineConfig({
  vars: {
    ...baseVars,
    PORT: envPort(8085),
    /** A role that may read every schema. Unset: the platform that runs on `RIDESHARE_DATA_DIR`. */
    DATABASE_URL: databaseVars.DATABASE_URL.optional(),
    RIDESHARE_DATA_DIR: envText('.data'),
    AUDIT_INTERVAL_MS: envDurationMs({ default: 60_000, min: 1_000, max: 3_600_000 }),
    /** How often a watching auditor looks at everything again, not only at what has changed. */
    AUDIT_FULL_INTERVAL_MS: envDurationMs({ default: 21_600_000, min: 0 }),
  },
  build: (values) => ({
    ...baseConfig(values),
    databaseUrl: values.DATABASE_URL,
    dataDir: values.RIDESHARE_DATA_DIR,
    intervalMs: values.AUDIT_INTERVAL_MS,
    fullIntervalMs: values.AUDIT_FULL_INTERVAL_MS,
  }),
});

/** What {@link auditorConfig} loads. */
export type AuditorConfig = ReturnType<typeof auditorConfig.load>;

/**
 * The database to audit.
 *
 * @throws `ENGINE_UNREACHABLE` where no platform runs.
 */
export function databaseUrlOf(config: Pick<AuditorConfig, 'databaseUrl' | 'dataDir'>, root: string): Secret {
  if (config.databaseUrl) return config.databaseUrl;
  const dataDir = path.resolve(root, config.dataDir);
  try {
    const run = runSchema.parse(JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')));
    return new Secret(run.databaseUrls.admin);
  } catch (error) {
    throw new AppError('ENGINE_UNREACHABLE', 'unavailable', `no platform is running on ${dataDir}`, { cause: error });
  }
}
