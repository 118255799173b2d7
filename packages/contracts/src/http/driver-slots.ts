import { z } from 'zod';
import { emptySchema, idSchema, moneySchema, pointSchema, timestampSchema } from '../primitives.ts';
import { defineRoute } from '../route.ts';

const internal = {
  owner: 'driver',
  tag: 'Internal',
  callers: ['internal'],
  rateClass: 'none',
  params: emptySchema,
  query: emptySchema,
} as const;
const slotOffer = { driverId: idSchema, tripId: idSchema, offerId: idSchema };

export const reserveSlots = defineRoute({
  ...internal,
  id: 'reserveSlots',
  method: 'POST',
  path: '/internal/slots/reserve',
  idempotency: 'none',
  summary:
    'Offer trips to drivers, at most one each; a verdict per item, and a repeat of an offer id gives the same one',
  body: z.strictObject({
    offers: z
      .array(
        z.strictObject({
          ...slotOffer,
          riderId: idSchema,
          ttlMs: z.int().min(1).max(120_000),
          pickup: pointSchema,
          destination: pointSchema,
          fare: moneySchema,
          earnings: moneySchema,
          pickupEtaS: z.int().min(0),
        }),
      )
      .min(1)
      .max(200),
  }),
  responses: {
    200: z.object({
      verdicts: z.array(
        z.object({
          offerId: idSchema,
          outcome: z.enum(['reserved', 'refused']),
          reason: z
            .enum([
              'not_available',
              'suspended',
              'not_eligible',
              'trip_has_slot',
              'declined_before',
              'unknown_driver',
              'own_trip',
              'contended',
            ])
            .nullable(),
          epoch: z.int().nullable(),
          expiresAt: timestampSchema.nullable(),
        }),
      ),
    }),
  },
});

export const confirmSlot = defineRoute({
  ...internal,
  id: 'confirmSlot',
  method: 'POST',
  path: '/internal/slots/confirm',
  idempotency: 'none',
  summary: 'Turn an open offer into an assignment; a repeat succeeds again',
  body: z.strictObject(slotOffer),
  responses: { 200: z.object({ outcome: z.enum(['confirmed', 'refused']), epoch: z.int().nullable() }) },
});

export const endOffer = defineRoute({
  ...internal,
  id: 'endOffer',
  method: 'POST',
  path: '/internal/slots/decline',
  idempotency: 'none',
  summary: 'The driver declines the open offer',
  body: z.strictObject(slotOffer),
  responses: { 200: z.object({ outcome: z.enum(['declined', 'refused']) }) },
});

export const releaseSlot = defineRoute({
  ...internal,
  id: 'releaseSlot',
  method: 'POST',
  path: '/internal/slots/release',
  idempotency: 'none',
  summary: 'Free a slot whose assignment the trip refused for good',
  body: z.strictObject({ driverId: idSchema, tripId: idSchema, epoch: z.int().min(1) }),
  responses: { 200: z.object({ outcome: z.enum(['released', 'refused']) }) },
});
