import {
  baseConfig,
  baseVars,
  configInvalid,
  databaseConfig,
  databaseVars,
  defineConfig,
  envBool,
  envDurationMs,
  envPort,
  envSecret,
  internalConfig,
  internalVars,
  logConfig,
  logVars,
} from '@rideshare/config';

const LOCAL_HASH_KEY = 'local-document-hash-key-for-development-only';

/** Everything the driver service is told from outside. */
export const driverConfig = defineConfig({
  vars: {
    ...baseVars,
    PORT: envPort(8082),
    ...databaseVars,
    ...internalVars,
    ...logVars,
    /** Keys the hashes of licence and document numbers; changing it orphans those that are stored. */
    DOCUMENT_HASH_KEY: envSecret({ minLength: 32, default: LOCAL_HASH_KEY }),
    /** Approves documents on submission; for development and tests. */
    DRIVER_AUTO_APPROVE: envBool(false),
    /** An assignment older than this is rolled forward by the sweep. */
    SETTLE_MS: envDurationMs({ default: 10_000, min: 100, max: 60_000 }),
    SLOT_SWEEP_MS: envDurationMs({ default: 5_000, min: 50, max: 60_000 }),
    /** How often the trip of a settled assignment is asked whether it goes on. */
    SLOT_RECHECK_MS: envDurationMs({ default: 300_000, min: 1_000 }),
    DOCUMENT_SWEEP_MS: envDurationMs({ default: 5_000, min: 50, max: 3_600_000 }),
    /** How long positions are collected before they are written and published together. */
    LOCATION_FLUSH_MS: envDurationMs({ default: 200, min: 10, max: 5_000 }),
  },
  build: (values) => {
    const base = baseConfig(values);
    if (base.environment === 'production') {
      const problems = [
        ...(values.DOCUMENT_HASH_KEY.reveal() === LOCAL_HASH_KEY
          ? [{ pointer: 'DOCUMENT_HASH_KEY', detail: 'must be set in production' }]
          : []),
        ...(values.DRIVER_AUTO_APPROVE
          ? [{ pointer: 'DRIVER_AUTO_APPROVE', detail: 'must be off in production: documents are reviewed by people' }]
          : []),
      ];
      if (problems.length > 0) throw configInvalid(problems);
    }
    return {
      ...base,
      database: databaseConfig(values),
      internal: internalConfig(values),
      log: logConfig(values),
      documents: {
        hashKey: values.DOCUMENT_HASH_KEY,
        autoApprove: values.DRIVER_AUTO_APPROVE,
        sweepMs: values.DOCUMENT_SWEEP_MS,
      },
      slots: { settleMs: values.SETTLE_MS, sweepMs: values.SLOT_SWEEP_MS, recheckMs: values.SLOT_RECHECK_MS },
      locations: { flushMs: values.LOCATION_FLUSH_MS },
    };
  },
});

export type DriverConfig = ReturnType<typeof driverConfig.load>;
