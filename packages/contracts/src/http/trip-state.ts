import { z } from 'zod';
import { emptySchema, fareLineSchema, idSchema, moneySchema, tripStatusSchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

const idParams = z.strictObject({ id: idSchema });
const internal = {
  owner: 'trip',
  tag: 'Internal',
  callers: ['internal'],
  rateClass: 'none',
  params: idParams,
  query: emptySchema,
} as const;

export const assignTrip = defineRoute({
  ...internal,
  id: 'assignTrip',
  method: 'POST',
  path: '/internal/trips/{id}/assign',
  idempotency: 'none',
  summary: 'Roll an assignment forward: held means the trip has this driver by this offer; refused is final',
  body: z.strictObject({ driverId: idSchema, offerId: idSchema, epoch: z.int().min(1) }),
  responses: { 200: z.object({ outcome: z.enum(['held', 'refused']) }) },
});

export const getTripState = defineRoute({
  ...internal,
  id: 'getTripState',
  method: 'GET',
  path: '/internal/trips/{id}',
  summary: 'The decision read of a trip, for sweepers',
  body: null,
  responses: {
    200: z.object({
      id: idSchema,
      status: tripStatusSchema,
      version: z.int(),
      riderId: idSchema,
      driverId: idSchema.nullable(),
      offerId: idSchema.nullable(),
      paymentMethodId: idSchema.nullable(),
      fare: moneySchema,
      /** What the fare was quoted by; its city decides the policy by which the total is shared. */
      tariffVersion: z.string(),
      /** What is to be paid: the receipt's total, the cancellation fee, or zero; `null` while the trip goes on. */
      due: moneySchema.nullable(),
      /** The receipt's lines once completed. */
      lines: z.array(fareLineSchema),
    }),
  },
  errors: ['TRIP_NOT_FOUND'],
});
