import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';

/** The HTTP side of the service: the inbox, health and metrics. */
export function createApp(options: ServiceAppOptions): Express {
  return createServiceApp(options);
}
