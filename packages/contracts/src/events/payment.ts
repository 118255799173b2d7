import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { idSchema, moneySchema } from '../primitives.ts';

const payment = {
  version: 1,
  topic: 'payment.events',
  key: 'tripId',
  stream: { kind: 'payment', id: 'paymentId' },
} as const;
const subject = { paymentId: idSchema, tripId: idSchema, riderId: idSchema };

/** One side of a ledger journal: positive amounts are debits, negative ones credits; a journal sums to zero. */
export const journalLineSchema = z.object({ account: z.string(), amount: moneySchema });
const journal = z.object({ journalId: idSchema, lines: z.array(journalLineSchema) });

export const paymentAuthorized = defineEvent({
  ...payment,
  type: 'payment.authorized',
  summary: 'The amount is held on the rider’s method.',
  data: z.object({ ...subject, amount: moneySchema }),
});

export const paymentCaptured = defineEvent({
  ...payment,
  type: 'payment.captured',
  summary: 'The money was taken, or the cash was handed over; carries its journal.',
  data: z.object({
    ...subject,
    driverId: idSchema.nullable(),
    kind: z.enum(['fare', 'cancellation_fee', 'debt']),
    method: z.enum(['card', 'cash']),
    amount: moneySchema,
    driverShare: moneySchema,
    journal,
  }),
});

export const paymentFailed = defineEvent({
  ...payment,
  type: 'payment.failed',
  summary: 'A hold or a capture was refused for good; what is owed is the rider’s debt.',
  data: z.object({
    ...subject,
    op: z.enum(['hold', 'capture']),
    code: z.string(),
    /** What the rider still owes for the trip; zero when nothing was due. */
    outstanding: moneySchema,
    journal: journal.nullable(),
  }),
});

export const paymentVoided = defineEvent({
  ...payment,
  type: 'payment.voided',
  summary: 'The hold was let go; nothing was taken.',
  data: z.object({ ...subject }),
});

export const paymentRefunded = defineEvent({
  ...payment,
  type: 'payment.refunded',
  summary: 'Money went back to the rider, in whole or in part.',
  data: z.object({
    ...subject,
    refundId: idSchema,
    driverId: idSchema.nullable(),
    amount: moneySchema,
    refunded: moneySchema,
    driverShare: moneySchema,
    journal,
  }),
});
