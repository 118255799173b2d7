import { createLogger } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import type { GatewayConfig } from './config.ts';

/** The logger of this service. */
export function createServiceLogger(config: Pick<GatewayConfig, 'version' | 'logLevel'>): Logger {
  return createLogger({ service: 'gateway', version: config.version, level: config.logLevel });
}
