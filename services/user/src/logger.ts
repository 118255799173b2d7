import { createLogger } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';

/** The service's logger. */
export function createUserLogger(config: {
  readonly version: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
}): Logger {
  return createLogger({ service: 'user', version: config.version, level: config.logLevel });
}
