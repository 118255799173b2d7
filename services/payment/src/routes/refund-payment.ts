import { refundPayment as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { refundPayment } from '../usecases/refund-payment.ts';
import type { RefundView } from '../usecases/refund-payment.ts';

export function refundPaymentEndpoint(deps: Parameters<typeof refundPayment>[0]): Endpoint {
  return endpoint<typeof route, RefundView>(route, {
    run: ({ principal, body, operation }) =>
      refundPayment(deps, operation, {
        paymentId: body.paymentId,
        amount: body.amount ?? null,
        reason: body.reason,
        requestedBy: userId(principal),
      }),
    respond: (refund) => ({ status: 201, body: refund }),
  });
}
