import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';

/** The payment service's HTTP face. */
export function createApp(options: ServiceAppOptions): Express {
  return createServiceApp(options);
}
