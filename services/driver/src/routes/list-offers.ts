import { listOffers as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { OfferSnapshot } from '../domain/slot.ts';
import { listOffers } from '../usecases/list-offers.ts';
import { offerBody, viewerOf } from './views.ts';

export function listOffersEndpoint(deps: Parameters<typeof listOffers>[0]): Endpoint {
  return endpoint<typeof route, OfferSnapshot[]>(route, {
    run: ({ principal, params }) => listOffers(deps, viewerOf(principal), params.id),
    respond: (offers) => ({ status: 200, body: { items: offers.map(offerBody) } }),
  });
}
