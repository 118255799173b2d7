import { createLogger } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import type { NotificationConfig } from './config.ts';

/** The logger of this service. */
export function createServiceLogger(config: Pick<NotificationConfig, 'version' | 'logLevel'>): Logger {
  return createLogger({ service: 'notification', version: config.version, level: config.logLevel });
}
