import { createServiceApp } from '@rideshare/http';
import type { ServiceAppOptions } from '@rideshare/http';
import type { Express } from 'express';
import { addPaymentMethodEndpoint } from './routes/add-payment-method.ts';
import { createPaymentEndpoint } from './routes/create-payment.ts';
import { deletePaymentMethodEndpoint } from './routes/delete-payment-method.ts';
import { getPaymentEndpoint } from './routes/get-payment.ts';
import { getRiderStandingEndpoint } from './routes/get-rider-standing.ts';
import { listPaymentMethodsEndpoint } from './routes/list-payment-methods.ts';
import { listPaymentsEndpoint } from './routes/list-payments.ts';
import { receiveWebhookEndpoint } from './routes/receive-webhook.ts';
import { refundPaymentEndpoint } from './routes/refund-payment.ts';

/** Everything that the routes' use cases ask for. */
export type PaymentDeps = Parameters<typeof addPaymentMethodEndpoint>[0] &
  Parameters<typeof createPaymentEndpoint>[0] &
  Parameters<typeof deletePaymentMethodEndpoint>[0] &
  Parameters<typeof getRiderStandingEndpoint>[0] &
  Parameters<typeof listPaymentMethodsEndpoint>[0] &
  Parameters<typeof receiveWebhookEndpoint>[0];

/** The payment service's HTTP face. */
export function createApp(deps: PaymentDeps, options: Omit<ServiceAppOptions, 'endpoints'>): Express {
  return createServiceApp({
    ...options,
    endpoints: [
      listPaymentMethodsEndpoint(deps),
      addPaymentMethodEndpoint(deps),
      deletePaymentMethodEndpoint(deps),
      createPaymentEndpoint(deps),
      listPaymentsEndpoint(deps),
      getPaymentEndpoint(deps),
      refundPaymentEndpoint(deps),
      receiveWebhookEndpoint(deps),
      getRiderStandingEndpoint(deps),
    ],
  });
}
