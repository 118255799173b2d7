import type { Endpoint } from '@rideshare/http';
import { confirmSlotEndpoint } from './confirm-slot.ts';
import { endOfferEndpoint } from './end-offer.ts';
import { findNearbyDriversEndpoint } from './find-nearby-drivers.ts';
import { getDriverMetricsEndpoint } from './get-driver-metrics.ts';
import { getDriverEndpoint } from './get-driver.ts';
import { listDriversEndpoint } from './list-drivers.ts';
import { listOffersEndpoint } from './list-offers.ts';
import { registerDriverEndpoint } from './register-driver.ts';
import { releaseSlotEndpoint } from './release-slot.ts';
import { reportLocationEndpoint } from './report-location.ts';
import { reserveSlotsEndpoint } from './reserve-slots.ts';
import { reviewDocumentEndpoint } from './review-document.ts';
import { setDriverStatusEndpoint } from './set-driver-status.ts';
import { submitDocumentEndpoint } from './submit-document.ts';

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

/** Every endpoint of the service. */
export function driverEndpoints(deps: RouteDeps): Endpoint[] {
  return [
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
  ];
}
