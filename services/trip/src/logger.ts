import { createLogger } from '@rideshare/observability';
import type { Level, Logger } from '@rideshare/observability';

/** The logger of the trip service. */
export function createTripLogger(config: { readonly version: string; readonly logLevel: Level }): Logger {
  return createLogger({ service: 'trip', version: config.version, level: config.logLevel });
}
