import { z } from 'zod';
import {
  emptySchema,
  fareLineSchema,
  idSchema,
  moneySchema,
  pageQuerySchema,
  pageSchema,
  pointSchema,
  timestampSchema,
  tripStatusSchema,
  vehicleClassSchema,
} from '../primitives.ts';
import { defineRoute } from '../route.ts';

const idParams = z.strictObject({ id: idSchema });
const trip = { owner: 'trip', tag: 'Trips', query: emptySchema } as const;
const party = { ownership: 'party', params: idParams } as const;

/** GeoJSON (RFC 7946) line: positions are `[lng, lat]`. */
const lineStringSchema = z
  .object({ type: z.literal('LineString'), coordinates: z.array(z.tuple([z.number(), z.number()])) })
  .meta({ id: 'LineString' });

export const quoteSchema = z
  .object({
    id: idSchema,
    expiresAt: timestampSchema,
    distanceM: z.int(),
    durationS: z.int(),
    geometry: lineStringSchema,
    options: z.array(
      z.object({
        vehicleClass: vehicleClassSchema,
        fare: moneySchema,
        breakdown: z.array(fareLineSchema),
        surgeMultiplier: z.number(),
        pickupEtaS: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'Quote' });

export const tripSchema = z
  .object({
    id: idSchema,
    status: tripStatusSchema,
    version: z.int(),
    riderId: idSchema,
    driverId: idSchema.nullable(),
    pickup: pointSchema,
    destination: pointSchema,
    stops: z.array(pointSchema),
    vehicleClass: vehicleClassSchema,
    quoteId: idSchema,
    fare: moneySchema,
    estimatedDurationS: z.int(),
    requestedAt: timestampSchema,
    acceptedAt: timestampSchema.nullable(),
    arrivedAt: timestampSchema.nullable(),
    startedAt: timestampSchema.nullable(),
    completedAt: timestampSchema.nullable(),
    cancelledAt: timestampSchema.nullable(),
    cancelledBy: z.enum(['rider', 'driver', 'system', 'admin']).nullable(),
    cancelReason: z.string().nullable(),
    /** Four digits, for the rider alone, from `accepted` on. */
    startCode: z.string().optional(),
  })
  .meta({ id: 'Trip' });

export const createQuote = defineRoute({
  ...trip,
  id: 'createQuote',
  method: 'POST',
  path: '/api/quotes',
  callers: ['rider'],
  summary: 'Price a ride in every vehicle class; the quote is the price until it expires',
  params: emptySchema,
  body: z.strictObject({
    pickup: pointSchema,
    destination: pointSchema,
    stops: z.array(pointSchema).max(5).optional(),
  }),
  responses: { 201: quoteSchema },
  errors: ['OUTSIDE_SERVICE_AREA', 'TRIP_TOO_SHORT'],
});

const longitude = z.number().min(-180).max(180);
const latitude = z.number().min(-90).max(90);
const methodId = { paymentMethodId: idSchema.optional() };

export const requestTrip = defineRoute({
  ...trip,
  id: 'requestTrip',
  method: 'POST',
  path: '/api/trips',
  callers: ['rider'],
  keyMayBeRequired: true,
  summary: 'Ask for a ride, from a quote or from two points',
  params: emptySchema,
  body: z.union([
    z.strictObject({ quoteId: idSchema, vehicleClass: vehicleClassSchema, ...methodId }),
    z.strictObject({
      pickupLat: latitude,
      pickupLng: longitude,
      destinationLat: latitude,
      destinationLng: longitude,
      vehicleClass: vehicleClassSchema.default('economy'),
      ...methodId,
    }),
  ]),
  responses: { 201: tripSchema },
  errors: [
    'RIDER_HAS_ACTIVE_TRIP',
    'QUOTE_EXPIRED',
    'QUOTE_NOT_FOUND',
    'PAYMENT_OUTSTANDING',
    'PAYMENT_METHOD_NOT_FOUND',
    'OUTSIDE_SERVICE_AREA',
    'TRIP_TOO_SHORT',
  ],
});

export const getTrip = defineRoute({
  ...trip,
  ...party,
  id: 'getTrip',
  method: 'GET',
  path: '/api/trips/{id}',
  callers: ['user'],
  overrides: ['admin'],
  summary: 'Read a trip',
  body: null,
  responses: { 200: tripSchema },
  errors: ['TRIP_NOT_FOUND'],
});

export const listTripHistory = defineRoute({
  ...trip,
  id: 'listTripHistory',
  method: 'GET',
  path: '/api/trips/history',
  callers: ['user'],
  summary: 'The caller’s trips as rider and driver, newest first',
  params: emptySchema,
  query: pageQuerySchema,
  body: null,
  responses: { 200: pageSchema(tripSchema) },
});

export const changeTripStatus = defineRoute({
  ...trip,
  ...party,
  id: 'changeTripStatus',
  method: 'PUT',
  path: '/api/trips/{id}/status',
  callers: ['user'],
  overrides: ['admin'],
  summary: 'Accept, arrive, start, complete or cancel',
  body: z.strictObject({
    status: z.enum(['accepted', 'arrived', 'in_progress', 'completed', 'cancelled']),
    offerId: idSchema.optional(),
    version: z.int().min(1).optional(),
    reason: z.string().trim().min(1).max(200).optional(),
    startCode: z
      .string()
      .regex(/^\d{4}$/)
      .optional(),
  }),
  responses: { 200: tripSchema },
  errors: [
    'TRIP_NOT_FOUND',
    'TRIP_TRANSITION_NOT_ALLOWED',
    'TRIP_VERSION_CONFLICT',
    'OFFER_NOT_AVAILABLE',
    'START_CODE_WRONG',
    'START_CODE_LOCKED',
  ],
});

export const declineOffer = defineRoute({
  ...trip,
  id: 'declineOffer',
  method: 'POST',
  path: '/api/trips/{id}/offers/{offerId}/decline',
  callers: ['user'],
  ownership: 'driver',
  summary: 'Decline an offer',
  params: z.strictObject({ id: idSchema, offerId: idSchema }),
  body: null,
  responses: { 204: null },
  errors: ['OFFER_NOT_AVAILABLE'],
});

export const getTripRoute = defineRoute({
  ...trip,
  ...party,
  id: 'getTripRoute',
  method: 'GET',
  path: '/api/trips/{id}/route',
  callers: ['user'],
  summary: 'The planned route, the live ETA and the last position',
  body: null,
  responses: {
    200: z.object({
      geometry: lineStringSchema,
      distanceM: z.int(),
      durationS: z.int(),
      etaS: z.int().nullable(),
      position: z.object({ point: pointSchema, recordedAt: timestampSchema }).nullable(),
    }),
  },
  errors: ['TRIP_NOT_FOUND'],
});

export const getReceipt = defineRoute({
  ...trip,
  id: 'getReceipt',
  method: 'GET',
  path: '/api/trips/{id}/receipt',
  callers: ['user'],
  ownership: 'rider',
  overrides: ['admin'],
  summary: 'What was quoted, every line, and the total',
  params: idParams,
  body: null,
  responses: {
    200: z
      .object({ quoteId: idSchema, quoted: moneySchema, lines: z.array(fareLineSchema), total: moneySchema })
      .meta({ id: 'Receipt' }),
  },
  errors: ['TRIP_NOT_FOUND', 'TRIP_NOT_COMPLETED'],
});

export const rateTrip = defineRoute({
  ...trip,
  ...party,
  id: 'rateTrip',
  method: 'POST',
  path: '/api/trips/{id}/rating',
  callers: ['user'],
  summary: 'Rate the other side, once, after the ride',
  body: z.strictObject({
    stars: z.int().min(1).max(5),
    tags: z.array(z.string().trim().min(1).max(40)).max(10).optional(),
    comment: z.string().trim().min(1).max(1_000).optional(),
  }),
  responses: {
    201: z.object({
      tripId: idSchema,
      by: z.enum(['rider', 'driver']),
      stars: z.int(),
      tags: z.array(z.string()),
      comment: z.string().nullable(),
    }),
  },
  errors: ['TRIP_NOT_FOUND', 'TRIP_NOT_COMPLETED', 'RATING_EXISTS'],
});

export const getTripTimeline = defineRoute({
  ...trip,
  id: 'getTripTimeline',
  method: 'GET',
  path: '/api/trips/{id}/timeline',
  callers: ['admin'],
  summary: 'The flight recorder of a trip',
  params: idParams,
  body: null,
  responses: {
    200: z.object({
      tripId: idSchema,
      entries: z.array(
        z.object({
          at: timestampSchema,
          kind: z.enum(['state', 'dispatch', 'slot', 'payment', 'ledger', 'notification']),
          type: z.string(),
          /** Event id, where the entry comes from an event. */
          eventId: idSchema.nullable(),
          stream: z.string().nullable(),
          sequence: z.int().nullable(),
          traceId: z.string().nullable(),
          data: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
  },
  errors: ['TRIP_NOT_FOUND'],
});
