import { listPayments as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { listPayments } from '../usecases/get-payment.ts';
import type { PaymentView } from '../usecases/ports.ts';
import { paymentBody, viewerOf } from './views.ts';

export function listPaymentsEndpoint(deps: Parameters<typeof listPayments>[0]): Endpoint {
  return endpoint<typeof route, readonly PaymentView[]>(route, {
    run: ({ principal, query }) => listPayments(deps, viewerOf(principal), query.tripId),
    respond: (views) => ({ status: 200, body: { items: views.map(paymentBody), nextCursor: null } }),
  });
}
