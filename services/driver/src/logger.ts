import { createLogger } from '@rideshare/observability';
import type { Level, Logger } from '@rideshare/observability';

export const SERVICE = 'driver';

export function createDriverLogger(config: { readonly version: string; readonly logLevel: Level }): Logger {
  return createLogger({ service: SERVICE, version: config.version, level: config.logLevel });
}
