import { getPayment as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { getPayment } from '../usecases/get-payment.ts';
import type { PaymentView } from '../usecases/ports.ts';
import { paymentBody, viewerOf } from './views.ts';

export function getPaymentEndpoint(deps: Parameters<typeof getPayment>[0]): Endpoint {
  return endpoint<typeof route, PaymentView>(route, {
    run: ({ principal, params }) => getPayment(deps, viewerOf(principal), params.id),
    respond: (view) => ({ status: 200, body: paymentBody(view) }),
  });
}
