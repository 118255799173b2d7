import { z } from 'zod';
import { defineEvent } from '../event.ts';
import {
  fareLineSchema,
  idSchema,
  moneySchema,
  pointSchema,
  timestampSchema,
  tripStatusSchema,
  vehicleClassSchema,
} from '../primitives.ts';

const trip = { version: 1, topic: 'trip.events', key: 'tripId', stream: { kind: 'trip', id: 'tripId' } } as const;
const parties = { tripId: idSchema, riderId: idSchema, driverId: idSchema };

export const tripRequested = defineEvent({
  ...trip,
  type: 'trip.requested',
  summary: 'A rider asked for a ride at a quoted price.',
  data: z.object({
    tripId: idSchema,
    riderId: idSchema,
    quoteId: idSchema,
    pickup: pointSchema,
    destination: pointSchema,
    stops: z.array(pointSchema),
    vehicleClass: vehicleClassSchema,
    fare: moneySchema,
    breakdown: z.array(fareLineSchema),
    tariffVersion: z.string(),
    surgeBasisPoints: z.int().min(0),
    distanceM: z.int().min(0),
    durationS: z.int().min(0),
    /** `null`: cash. */
    paymentMethodId: idSchema.nullable(),
    zone: z.string(),
    requestedAt: timestampSchema,
  }),
});

export const tripAccepted = defineEvent({
  ...trip,
  type: 'trip.accepted',
  summary: 'The driver who held the offer took the trip.',
  data: z.object({ ...parties, offerId: idSchema, slotEpoch: z.int().min(1), acceptedAt: timestampSchema }),
});

export const tripArrived = defineEvent({
  ...trip,
  type: 'trip.arrived',
  summary: 'The driver waits at the pickup.',
  data: z.object({ ...parties, arrivedAt: timestampSchema }),
});

export const tripStarted = defineEvent({
  ...trip,
  type: 'trip.started',
  summary: 'The rider is on board.',
  data: z.object({ ...parties, startedAt: timestampSchema }),
});

export const tripCompleted = defineEvent({
  ...trip,
  type: 'trip.completed',
  terminal: true,
  summary: 'The ride is over; the total is the quote plus named lines.',
  data: z.object({
    ...parties,
    offerId: idSchema,
    paymentMethodId: idSchema.nullable(),
    quoteId: idSchema,
    quoted: moneySchema,
    lines: z.array(fareLineSchema),
    total: moneySchema,
    distanceM: z.int().min(0),
    durationS: z.int().min(0),
    tariffVersion: z.string(),
    completedAt: timestampSchema,
  }),
});

export const tripCancelled = defineEvent({
  ...trip,
  type: 'trip.cancelled',
  terminal: true,
  summary: 'The trip ended before its destination; the fee is what the policy charges, often nothing.',
  data: z.object({
    tripId: idSchema,
    riderId: idSchema,
    driverId: idSchema.nullable(),
    offerId: idSchema.nullable(),
    paymentMethodId: idSchema.nullable(),
    from: tripStatusSchema,
    cancelledBy: z.enum(['rider', 'driver', 'system', 'admin']),
    reason: z.string(),
    fee: moneySchema,
    /** What `fee` recomputes from: the facts its policy looked at. */
    policyVersion: z.string(),
    acceptedAt: timestampSchema.nullable(),
    arrivedAt: timestampSchema.nullable(),
    cancelledAt: timestampSchema,
  }),
});

export const tripExpired = defineEvent({
  ...trip,
  type: 'trip.expired',
  terminal: true,
  summary: 'No driver was found within the search bound.',
  data: z.object({
    tripId: idSchema,
    riderId: idSchema,
    paymentMethodId: idSchema.nullable(),
    expiredAt: timestampSchema,
  }),
});

export const tripRated = defineEvent({
  ...trip,
  type: 'trip.rated',
  summary: 'One side rated the other, after the ride.',
  data: z.object({
    ...parties,
    by: z.enum(['rider', 'driver']),
    stars: z.int().min(1).max(5),
    tags: z.array(z.string()),
    comment: z.string().nullable(),
  }),
});
