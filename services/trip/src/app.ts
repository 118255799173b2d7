import { createServiceApp } from '@rideshare/http';
import type { Endpoint, ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';
import { assignTripEndpoint } from './routes/assign-trip.ts';
import { changeStatusEndpoint } from './routes/change-status.ts';
import { createQuoteEndpoint } from './routes/create-quote.ts';
import { declineOfferEndpoint } from './routes/decline-offer.ts';
import { getReceiptEndpoint } from './routes/get-receipt.ts';
import { getRouteEndpoint } from './routes/get-route.ts';
import { getTimelineEndpoint } from './routes/get-timeline.ts';
import { getTripStateEndpoint } from './routes/get-trip-state.ts';
import { getTripEndpoint } from './routes/get-trip.ts';
import { listHistoryEndpoint } from './routes/list-history.ts';
import { rateTripEndpoint } from './routes/rate-trip.ts';
import { requestTripEndpoint } from './routes/request-trip.ts';

const endpoints = [
  assignTripEndpoint,
  changeStatusEndpoint,
  createQuoteEndpoint,
  declineOfferEndpoint,
  getReceiptEndpoint,
  getRouteEndpoint,
  getTimelineEndpoint,
  getTripEndpoint,
  getTripStateEndpoint,
  listHistoryEndpoint,
  rateTripEndpoint,
  requestTripEndpoint,
] as const;

type All<Union> = (Union extends unknown ? (deps: Union) => void : never) extends (deps: infer Both) => void
  ? Both
  : never;

/** What all endpoints together need. */
export type EndpointDeps = All<Parameters<(typeof endpoints)[number]>[0]>;

/** Every endpoint, bound to what it stands on. */
export function bindEndpoints(deps: EndpointDeps): Endpoint[] {
  return endpoints.map((endpointFor) => endpointFor(deps));
}

/** The Express app: every endpoint where this process answers requests, health and metrics always. */
export function createApp(
  options: Omit<ServiceAppOptions, 'endpoints'> & { readonly answersRequests: boolean; readonly deps: EndpointDeps },
): Express {
  const { answersRequests, deps, ...http } = options;
  return createServiceApp({ ...http, endpoints: answersRequests ? bindEndpoints(deps) : [] });
}
