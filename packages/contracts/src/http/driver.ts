import { z } from 'zod';
import { offerSnapshotSchema } from '../events/driver.ts';
import {
  daySchema,
  documentStateSchema,
  documentTypeSchema,
  emptySchema,
  idSchema,
  moneySchema,
  pageQuerySchema,
  pageSchema,
  pointSchema,
  slotStateSchema,
  timestampSchema,
  vehicleClassSchema,
  verificationSchema,
} from '../primitives.ts';
import { defineRoute } from '../route.ts';

const idParams = z.strictObject({ id: idSchema });
const driver = { owner: 'driver', tag: 'Drivers', query: emptySchema } as const;
const self = { callers: ['user'], ownership: 'self', params: idParams } as const;

const vehicleSchema = z.strictObject({
  make: z.string().trim().min(1).max(60),
  model: z.string().trim().min(1).max(60),
  year: z.int().min(1980).max(2100),
  plate: z.string().trim().min(2).max(16),
  color: z.string().trim().min(1).max(30),
  class: vehicleClassSchema,
});

export const documentSchema = z
  .object({
    id: idSchema,
    type: documentTypeSchema,
    state: documentStateSchema,
    /** The last four characters. */
    number: z.string(),
    expiresOn: daySchema,
    reviewedAt: timestampSchema.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'DriverDocument' });

export const driverSchema = z
  .object({
    id: idSchema,
    userId: idSchema,
    verification: verificationSchema,
    status: slotStateSchema,
    rating: z.number().nullable(),
    vehicle: vehicleSchema,
    documents: z.array(documentSchema).optional(),
  })
  .meta({ id: 'Driver' });

export const registerDriver = defineRoute({
  ...driver,
  id: 'registerDriver',
  method: 'POST',
  path: '/api/drivers',
  callers: ['user'],
  summary: 'Become a driver; the role comes with the next token',
  params: emptySchema,
  body: z.strictObject({ licenseNumber: z.string().trim().min(3).max(40), vehicle: vehicleSchema }),
  responses: { 201: driverSchema },
  errors: ['DRIVER_EXISTS'],
});

export const getDriver = defineRoute({
  ...driver,
  id: 'getDriver',
  method: 'GET',
  path: '/api/drivers/{id}',
  callers: ['user'],
  ownership: 'self',
  overrides: ['admin'],
  summary: 'Read a driver; a rider sees the public view of the driver of their trip',
  params: idParams,
  body: null,
  responses: { 200: driverSchema },
  errors: ['DRIVER_NOT_FOUND'],
});

export const listDrivers = defineRoute({
  ...driver,
  id: 'listDrivers',
  method: 'GET',
  path: '/api/drivers',
  callers: ['admin'],
  summary: 'Drivers by verification, for review',
  params: emptySchema,
  query: pageQuerySchema.extend({ verification: verificationSchema.optional() }),
  body: null,
  responses: { 200: pageSchema(driverSchema) },
});

export const submitDocument = defineRoute({
  ...driver,
  ...self,
  id: 'submitDocument',
  method: 'POST',
  path: '/api/drivers/{id}/documents',
  summary: 'Submit a document for review',
  body: z.strictObject({ type: documentTypeSchema, number: z.string().trim().min(4).max(60), expiresOn: daySchema }),
  responses: { 201: documentSchema },
  errors: ['DRIVER_NOT_FOUND', 'DOCUMENT_ALREADY_EXPIRED'],
});

export const reviewDocument = defineRoute({
  ...driver,
  id: 'reviewDocument',
  method: 'PUT',
  path: '/api/drivers/{id}/documents/{documentId}/review',
  callers: ['admin'],
  summary: 'Approve or reject a document',
  params: z.strictObject({ id: idSchema, documentId: idSchema }),
  body: z.strictObject({
    decision: z.enum(['approve', 'reject']),
    reason: z.string().trim().min(1).max(500).optional(),
  }),
  responses: { 200: documentSchema },
  errors: ['DOCUMENT_NOT_FOUND', 'DOCUMENT_TRANSITION_NOT_ALLOWED'],
});

export const setDriverStatus = defineRoute({
  ...driver,
  ...self,
  id: 'setDriverStatus',
  method: 'PUT',
  path: '/api/drivers/{id}/status',
  summary: 'Go available or offline; offline withdraws an open offer',
  body: z.strictObject({ status: z.enum(['available', 'offline']) }),
  responses: { 200: driverSchema },
  errors: ['DRIVER_NOT_FOUND', 'DRIVER_NOT_VERIFIED', 'DRIVER_ON_TRIP', 'DRIVER_SUSPENDED'],
});

export const reportLocation = defineRoute({
  ...driver,
  ...self,
  id: 'reportLocation',
  method: 'POST',
  path: '/api/drivers/{id}/location',
  rateClass: 'location',
  idempotency: 'none',
  summary: 'Report positions; the newest becomes the position, older ones never overwrite it',
  body: z.strictObject({
    points: z
      .array(
        z.strictObject({
          lat: z.number().min(-90).max(90),
          lng: z.number().min(-180).max(180),
          recordedAt: timestampSchema,
          headingDeg: z.number().min(0).max(360).optional(),
          speedMps: z.number().min(0).max(150).optional(),
          accuracyM: z.number().min(0).max(100_000).optional(),
        }),
      )
      .min(1)
      .max(100),
  }),
  responses: { 202: z.object({ accepted: z.int(), ignored: z.int() }) },
  errors: ['DRIVER_NOT_FOUND'],
});

export const listOffers = defineRoute({
  ...driver,
  ...self,
  id: 'listOffers',
  method: 'GET',
  path: '/api/drivers/{id}/offers',
  summary: 'The open offer, if there is one',
  body: null,
  responses: { 200: z.object({ items: z.array(offerSnapshotSchema).max(1) }) },
  errors: ['DRIVER_NOT_FOUND'],
});

export const findNearbyDrivers = defineRoute({
  ...driver,
  id: 'findNearbyDrivers',
  method: 'GET',
  path: '/api/drivers/nearby',
  callers: ['user'],
  summary: 'Available drivers around a point, nearest first; riders see rounded positions and per-request aliases',
  params: emptySchema,
  query: z.strictObject({
    lat: z.coerce.number().min(-90).max(90),
    lng: z.coerce.number().min(-180).max(180),
    radiusM: z.coerce.number().int().min(1).max(20_000).default(3_000),
    limit: z.coerce.number().int().min(1).max(100).default(10),
    vehicleClass: vehicleClassSchema.optional(),
  }),
  body: null,
  responses: {
    200: z.object({
      drivers: z.array(
        z.object({
          id: z.string(),
          location: pointSchema,
          distanceM: z.int(),
          etaS: z.int(),
          vehicleClass: vehicleClassSchema,
        }),
      ),
    }),
  },
});

export const getDriverMetrics = defineRoute({
  ...driver,
  ...self,
  id: 'getDriverMetrics',
  method: 'GET',
  path: '/api/drivers/{id}/metrics',
  overrides: ['admin'],
  summary: 'Acceptance, completion, rating, online time and earnings',
  body: null,
  responses: {
    200: z
      .object({
        offers: z.int(),
        accepted: z.int(),
        declined: z.int(),
        expired: z.int(),
        completed: z.int(),
        cancelled: z.int(),
        acceptanceRate: z.number().nullable(),
        completionRate: z.number().nullable(),
        rating: z.number().nullable(),
        ratings: z.int(),
        onlineS: z.int(),
        earnings: z.array(moneySchema),
      })
      .meta({ id: 'DriverMetrics' }),
  },
  errors: ['DRIVER_NOT_FOUND'],
});
