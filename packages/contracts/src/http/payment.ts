import { z } from 'zod';
import { emptySchema, idSchema, moneySchema, pageQuerySchema, pageSchema, paymentStatusSchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

const idParams = z.strictObject({ id: idSchema });
const payment = { owner: 'payment', tag: 'Payments', query: emptySchema, params: emptySchema } as const;

export const paymentMethodSchema = z
  .object({ id: idSchema, gateway: z.string(), brand: z.string(), last4: z.string(), default: z.boolean() })
  .meta({ id: 'PaymentMethod' });

export const paymentSchema = z
  .object({
    id: idSchema,
    tripId: idSchema,
    status: paymentStatusSchema,
    amount: moneySchema,
    captured: moneySchema,
    refunded: moneySchema,
    method: z.object({ kind: z.enum(['card', 'cash']), id: idSchema.nullable(), last4: z.string().nullable() }),
  })
  .meta({ id: 'Payment' });

export const listPaymentMethods = defineRoute({
  ...payment,
  id: 'listPaymentMethods',
  method: 'GET',
  path: '/api/payments/methods',
  callers: ['user'],
  summary: 'The caller’s payment methods',
  query: pageQuerySchema,
  body: null,
  responses: { 200: pageSchema(paymentMethodSchema) },
});

export const addPaymentMethod = defineRoute({
  ...payment,
  id: 'addPaymentMethod',
  method: 'POST',
  path: '/api/payments/methods',
  callers: ['user'],
  summary: 'Add a method by a gateway’s token; the first becomes the default unless `default` is false',
  body: z.strictObject({
    gateway: z.enum(['sandbox']),
    token: z.string().min(1).max(200),
    default: z.boolean().optional(),
  }),
  responses: { 201: paymentMethodSchema },
  errors: ['CARD_NUMBER_REFUSED', 'PAYMENT_TOKEN_INVALID'],
});

export const deletePaymentMethod = defineRoute({
  ...payment,
  id: 'deletePaymentMethod',
  method: 'DELETE',
  path: '/api/payments/methods/{id}',
  callers: ['user'],
  ownership: 'self',
  summary: 'Remove a method',
  params: idParams,
  body: null,
  responses: { 204: null },
  errors: ['PAYMENT_METHOD_NOT_FOUND', 'PAYMENT_METHOD_IN_USE'],
});

export const createPayment = defineRoute({
  ...payment,
  id: 'createPayment',
  method: 'POST',
  path: '/api/payments',
  callers: ['rider', 'service'],
  ownership: 'rider',
  keyMayBeRequired: true,
  summary: 'Pay for a trip whose fare is still owed',
  body: z.strictObject({ tripId: idSchema, methodId: idSchema.optional(), amount: moneySchema.optional() }),
  responses: { 201: paymentSchema },
  errors: [
    'PAYMENT_EXISTS',
    'PAYMENT_AMOUNT_MISMATCH',
    'PAYMENT_METHOD_NOT_FOUND',
    'TRIP_NOT_FOUND',
    'PAYMENT_DECLINED',
  ],
});

export const listPayments = defineRoute({
  ...payment,
  id: 'listPayments',
  method: 'GET',
  path: '/api/payments',
  callers: ['user'],
  ownership: 'rider',
  overrides: ['admin'],
  summary: 'The payment of a trip, as a page of at most one',
  query: pageQuerySchema.extend({ tripId: idSchema }),
  body: null,
  responses: { 200: pageSchema(paymentSchema) },
});

export const getPayment = defineRoute({
  ...payment,
  id: 'getPayment',
  method: 'GET',
  path: '/api/payments/{id}',
  callers: ['user'],
  ownership: 'rider',
  overrides: ['admin'],
  summary: 'Read a payment',
  params: idParams,
  body: null,
  responses: { 200: paymentSchema },
  errors: ['PAYMENT_NOT_FOUND'],
});

export const refundPayment = defineRoute({
  ...payment,
  id: 'refundPayment',
  method: 'POST',
  path: '/api/payments/refund',
  callers: ['admin', 'support'],
  keyMayBeRequired: true,
  summary: 'Refund a payment, in whole or in part',
  body: z.strictObject({
    paymentId: idSchema,
    amount: moneySchema.optional(),
    reason: z.string().trim().min(1).max(500),
  }),
  responses: {
    201: z
      .object({
        id: idSchema,
        paymentId: idSchema,
        amount: moneySchema,
        status: z.enum(['pending', 'done', 'failed']),
        reason: z.string(),
      })
      .meta({ id: 'Refund' }),
  },
  errors: [
    'PAYMENT_NOT_FOUND',
    'REFUND_EXCEEDS_CAPTURE',
    'PAYMENT_NOT_REFUNDABLE',
    'REFUND_AMOUNT_INVALID',
    'CARD_NUMBER_REFUSED',
  ],
});

export const receiveWebhook = defineRoute({
  ...payment,
  id: 'receiveWebhook',
  method: 'POST',
  path: '/api/payments/webhooks/{gateway}',
  callers: ['signed'],
  idempotency: 'none',
  summary: 'A payment gateway tells of an outcome; the raw body is verified before it is read',
  params: z.strictObject({ gateway: z.enum(['sandbox']) }),
  body: z.looseObject({}),
  responses: { 200: z.object({ received: z.literal(true) }) },
  errors: ['WEBHOOK_SIGNATURE_INVALID', 'WEBHOOK_INVALID'],
});

export const getRiderStanding = defineRoute({
  ...payment,
  id: 'getRiderStanding',
  method: 'GET',
  path: '/internal/riders/{id}/standing',
  tag: 'Internal',
  callers: ['internal'],
  rateClass: 'none',
  summary: 'What a rider owes, and the method a new trip would be paid with',
  params: idParams,
  query: z.strictObject({ methodId: idSchema.optional() }),
  body: null,
  responses: {
    200: z.object({
      outstanding: z.array(z.object({ tripId: idSchema, amount: moneySchema })),
      /** The asked-for method when it is the rider’s, else their default; `null` means cash. */
      paymentMethodId: idSchema.nullable(),
      /** False when `methodId` was asked for and is not the rider’s. */
      methodFound: z.boolean(),
    }),
  },
});
