import { endOffer as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { SlotStore } from '../usecases/ports.ts';

export function endOfferEndpoint({ slots }: { readonly slots: Pick<SlotStore, 'decline'> }): Endpoint {
  return endpoint<typeof route, boolean>(route, {
    run: ({ operation, body }) => slots.decline(operation, body),
    respond: (declined) => ({ status: 200, body: { outcome: declined ? 'declined' : 'refused' } }),
  });
}
