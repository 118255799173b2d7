import type { Endpoint } from '@rideshare/http';
import { addPaymentMethodEndpoint } from './add-payment-method.ts';
import { createPaymentEndpoint } from './create-payment.ts';
import { deletePaymentMethodEndpoint } from './delete-payment-method.ts';
import { getPaymentEndpoint } from './get-payment.ts';
import { getRiderStandingEndpoint } from './get-rider-standing.ts';
import { listPaymentMethodsEndpoint } from './list-payment-methods.ts';
import { listPaymentsEndpoint } from './list-payments.ts';
import { receiveWebhookEndpoint } from './receive-webhook.ts';
import { refundPaymentEndpoint } from './refund-payment.ts';

/** Everything that the routes' use cases ask for. */
export type EndpointDeps = Parameters<typeof addPaymentMethodEndpoint>[0] &
  Parameters<typeof createPaymentEndpoint>[0] &
  Parameters<typeof deletePaymentMethodEndpoint>[0] &
  Parameters<typeof getRiderStandingEndpoint>[0] &
  Parameters<typeof listPaymentMethodsEndpoint>[0] &
  Parameters<typeof receiveWebhookEndpoint>[0];

/** What the service answers. */
export function createEndpoints(deps: EndpointDeps): readonly Endpoint[] {
  return [
    listPaymentMethodsEndpoint(deps),
    addPaymentMethodEndpoint(deps),
    deletePaymentMethodEndpoint(deps),
    createPaymentEndpoint(deps),
    listPaymentsEndpoint(deps),
    getPaymentEndpoint(deps),
    refundPaymentEndpoint(deps),
    receiveWebhookEndpoint(deps),
    getRiderStandingEndpoint(deps),
  ];
}
