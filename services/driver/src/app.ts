import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';

/** The HTTP side of the service. */
export function createApp(options: ServiceAppOptions): Express {
  return createServiceApp(options);
}
