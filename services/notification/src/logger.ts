import { createLogger } from '@rideshare/observability';
import type { Level, Logger } from '@rideshare/observability';

/** The logger of this service. */
export function createServiceLogger(config: { readonly version: string; readonly logLevel: Level }): Logger {
  return createLogger({ service: 'notification', version: config.version, level: config.logLevel });
}
