import { declineOffer as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { declineOffer } from '../usecases/decline-offer.ts';

/** `POST /api/trips/{id}/offers/{offerId}/decline` */
export function declineOfferEndpoint(deps: Parameters<typeof declineOffer>[0]): Endpoint {
  return endpoint<typeof route, undefined>(route, {
    run: async ({ params, principal }) => {
      await declineOffer(deps, { driverId: userId(principal), tripId: params.id, offerId: params.offerId });
      return undefined;
    },
    respond: () => ({ status: 204 }),
  });
}
