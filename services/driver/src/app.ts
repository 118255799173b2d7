import type { ServiceAppOptions } from '@rideshare/http';
import { createServiceApp } from '@rideshare/http';
import type { Express } from 'express';
import { confirmSlotEndpoint } from './routes/confirm-slot.ts';
import { endOfferEndpoint } from './routes/end-offer.ts';
import { findNearbyDriversEndpoint } from './routes/find-nearby-drivers.ts';
import { getDriverMetricsEndpoint } from './routes/get-driver-metrics.ts';
import { getDriverEndpoint } from './routes/get-driver.ts';
import { listDriversEndpoint } from './routes/list-drivers.ts';
import { listOffersEndpoint } from './routes/list-offers.ts';
import { registerDriverEndpoint } from './routes/register-driver.ts';
import { releaseSlotEndpoint } from './routes/release-slot.ts';
import { reportLocationEndpoint } from './routes/report-location.ts';
import { reserveSlotsEndpoint } from './routes/reserve-slots.ts';
import { reviewDocumentEndpoint } from './routes/review-document.ts';
import { setDriverStatusEndpoint } from './routes/set-driver-status.ts';
import { submitDocumentEndpoint } from './routes/submit-document.ts';

/** What the routes work with. */
export type RouteDeps = Parameters<typeof registerDriverEndpoint>[0] &
  Parameters<typeof getDriverEndpoint>[0] &
  Parameters<typeof listDriversEndpoint>[0] &
  Parameters<typeof submitDocumentEndpoint>[0] &
  Parameters<typeof reviewDocumentEndpoint>[0] &
  Parameters<typeof setDriverStatusEndpoint>[0] &
  Parameters<typeof reportLocationEndpoint>[0] &
  Parameters<typeof listOffersEndpoint>[0] &
  Parameters<typeof findNearbyDriversEndpoint>[0] &
  Parameters<typeof getDriverMetricsEndpoint>[0] &
  Parameters<typeof reserveSlotsEndpoint>[0] &
  Parameters<typeof confirmSlotEndpoint>[0] &
  Parameters<typeof endOfferEndpoint>[0] &
  Parameters<typeof releaseSlotEndpoint>[0];

/** The HTTP side of the service. */
export function createApp(options: Omit<ServiceAppOptions, 'endpoints'>, deps: RouteDeps): Express {
  return createServiceApp({
    ...options,
    endpoints: [
      registerDriverEndpoint(deps),
      getDriverEndpoint(deps),
      listDriversEndpoint(deps),
      submitDocumentEndpoint(deps),
      reviewDocumentEndpoint(deps),
      setDriverStatusEndpoint(deps),
      reportLocationEndpoint(deps),
      listOffersEndpoint(deps),
      findNearbyDriversEndpoint(deps),
      getDriverMetricsEndpoint(deps),
      reserveSlotsEndpoint(deps),
      confirmSlotEndpoint(deps),
      endOfferEndpoint(deps),
      releaseSlotEndpoint(deps),
    ],
  });
}
