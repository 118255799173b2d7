import { z } from 'zod';

/** A UUIDv7 (or any UUID: ids made elsewhere are opaque). */
export const idSchema = z.uuid().meta({ id: 'Id', description: 'A UUID; ours are version 7.' });

/** RFC 3339, UTC, as `Date.prototype.toISOString` prints it. */
export const timestampSchema = z.iso.datetime().meta({ id: 'Timestamp' });

/** WGS 84 degrees. */
export const pointSchema = z
  .strictObject({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) })
  .meta({ id: 'Point', description: 'WGS 84 degrees.' });

/** An integer of minor units and an ISO 4217 currency. */
export const moneySchema = z
  .object({ amount: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) })
  .meta({ id: 'Money', description: 'An amount in minor units.' });

/** A calendar day, `YYYY-MM-DD`. */
export const daySchema = z.iso.date();

export const vehicleClassSchema = z.enum(['economy', 'comfort', 'xl', 'accessible']).meta({ id: 'VehicleClass' });
/** A class of vehicle that riders ask for and tariffs price. */
export type VehicleClass = z.infer<typeof vehicleClassSchema>;

export const roleSchema = z.enum(['rider', 'driver', 'support', 'admin']).meta({ id: 'Role' });
/** What a person may be; everybody is a rider. */
export type Role = z.infer<typeof roleSchema>;

export const tripStatusSchema = z
  .enum(['requested', 'accepted', 'arrived', 'in_progress', 'completed', 'cancelled', 'expired'])
  .meta({ id: 'TripStatus' });
/** Where a trip stands; the last three are ends. */
export type TripStatus = z.infer<typeof tripStatusSchema>;

export const slotStateSchema = z.enum(['offline', 'available', 'offered', 'assigned']).meta({ id: 'SlotState' });
/** Where a driver's slot stands. */
export type SlotState = z.infer<typeof slotStateSchema>;

export const documentTypeSchema = z.enum([
  'driving_license',
  'vehicle_registration',
  'insurance',
  'profile_photo',
  'background_check',
]);
export const documentStateSchema = z.enum(['pending', 'approved', 'rejected', 'expired']);
export const verificationSchema = z.enum(['incomplete', 'pending', 'verified', 'rejected', 'expired']);

export const fareLineKindSchema = z
  .enum([
    'base',
    'distance',
    'time',
    'surge',
    'booking_fee',
    'wait',
    'toll',
    'tip',
    'discount',
    'tax',
    'cancellation_fee',
    'adjustment',
  ])
  .meta({ id: 'FareLineKind' });
/** One named part of a fare or a receipt. */
export const fareLineSchema = z.object({ kind: fareLineKindSchema, amount: moneySchema }).meta({ id: 'FareLine' });

export const paymentStatusSchema = z
  .enum(['pending', 'authorized', 'captured', 'voided', 'failed', 'unknown', 'refunded', 'partially_refunded'])
  .meta({ id: 'PaymentStatus' });

/** `?limit&cursor` of every list. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(512).optional(),
});

/** `{ items, nextCursor }` of every list. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** RFC 9457 problem document, with the members every answer of ours adds. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    traceId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

/** Nothing in the body, the query or the path. */
export const emptySchema = z.strictObject({});
