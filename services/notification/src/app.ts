import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';
import { listNotificationsEndpoint } from './routes/list-notifications.ts';

/** What the app needs beside its endpoints. */
export type AppDeps = Omit<ServiceAppOptions, 'endpoints'> & Parameters<typeof listNotificationsEndpoint>[0];

/** The HTTP side of the service: the inbox, health and metrics. */
export function createApp(deps: AppDeps): Express {
  return createServiceApp({ ...deps, endpoints: [listNotificationsEndpoint(deps)] });
}
