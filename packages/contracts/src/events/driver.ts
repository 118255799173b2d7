import { z } from 'zod';
import { defineEvent } from '../event.ts';
import {
  daySchema,
  documentTypeSchema,
  idSchema,
  moneySchema,
  pointSchema,
  slotStateSchema,
  timestampSchema,
  vehicleClassSchema,
  verificationSchema,
} from '../primitives.ts';

const driver = {
  version: 1,
  topic: 'driver.events',
  key: 'driverId',
  stream: { kind: 'driver', id: 'driverId' },
} as const;

export const driverRegistered = defineEvent({
  ...driver,
  type: 'driver.registered',
  summary: 'A person became a driver; nothing is verified yet.',
  data: z.object({ driverId: idSchema, vehicleClass: vehicleClassSchema }),
});

export const driverDocumentSubmitted = defineEvent({
  ...driver,
  type: 'driver.document_submitted',
  summary: 'A document waits for review.',
  data: z.object({
    driverId: idSchema,
    documentId: idSchema,
    documentType: documentTypeSchema,
    expiresOn: daySchema,
    verification: verificationSchema,
  }),
});

export const driverDocumentReviewed = defineEvent({
  ...driver,
  type: 'driver.document_reviewed',
  summary: 'A document was approved, rejected, or has expired.',
  data: z.object({
    driverId: idSchema,
    documentId: idSchema,
    documentType: documentTypeSchema,
    outcome: z.enum(['approved', 'rejected', 'expired']),
    reason: z.string().nullable(),
    verification: verificationSchema,
  }),
});

/** What a driver is shown of an offer; fixed when the offer is made. */
export const offerSnapshotSchema = z
  .object({
    offerId: idSchema,
    tripId: idSchema,
    pickup: pointSchema,
    destination: pointSchema,
    fare: moneySchema,
    earnings: moneySchema,
    pickupEtaS: z.int().min(0),
    expiresAt: timestampSchema,
  })
  .meta({ id: 'Offer' });

export const driverStatusChanged = defineEvent({
  version: 1,
  topic: 'driver.events',
  key: 'driverId',
  stream: { kind: 'slot', id: 'driverId' },
  type: 'driver.status_changed',
  summary: 'The driver slot changed state: every change of it, offers included.',
  data: z.object({
    driverId: idSchema,
    state: slotStateSchema,
    reason: z.enum([
      'went_available',
      'went_offline',
      'offered',
      'offer_declined',
      'offer_expired',
      'offer_withdrawn',
      'accepted',
      'released',
      'trip_ended',
      'suspended',
      'deactivated',
      'document_rejected',
      'document_expired',
    ]),
    /** Equal to the event's sequence. */
    epoch: z.int().min(1),
    /** The trip the change is about: of the slot now, or of the offer or assignment that just ended. */
    tripId: idSchema.nullable(),
    offerId: idSchema.nullable(),
    expiresAt: timestampSchema.nullable(),
    offer: offerSnapshotSchema.nullable(),
    vehicleClass: vehicleClassSchema,
    position: z.object({ point: pointSchema, recordedAt: timestampSchema }).nullable(),
  }),
});

export const driverLocated = defineEvent({
  version: 1,
  topic: 'driver.locations',
  key: 'driverId',
  stream: { kind: 'location', id: 'driverId' },
  sequenced: false,
  type: 'driver.located',
  summary: 'The newest known position of a driver; older ones never follow it.',
  data: z.object({
    driverId: idSchema,
    point: pointSchema,
    recordedAt: timestampSchema,
    headingDeg: z.number().nullable(),
    speedMps: z.number().nullable(),
    state: slotStateSchema,
    tripId: idSchema.nullable(),
    vehicleClass: vehicleClassSchema,
  }),
});
