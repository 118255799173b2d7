import { createPayment as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { createPayment } from '../usecases/create-payment.ts';
import type { PaymentView } from '../usecases/ports.ts';
import { paymentBody } from './views.ts';

export function createPaymentEndpoint(deps: Parameters<typeof createPayment>[0]): Endpoint {
  return endpoint<typeof route, PaymentView>(route, {
    run: ({ principal, body, operation }) =>
      createPayment(deps, operation, {
        tripId: body.tripId,
        riderId: principal.kind === 'user' ? principal.userId : null,
        methodId: body.methodId ?? null,
        amount: body.amount ?? null,
      }),
    respond: (view) => ({ status: 201, body: paymentBody(view), headers: { Location: `/api/payments/${view.id}` } }),
  });
}
