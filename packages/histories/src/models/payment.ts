import type { Call } from '../history.ts';
import type { Model } from '../model.ts';

// The money of one trip.
//
//   pending → authorized → captured → partially_refunded → refunded
//   pending | authorized → voided
//
// captured ≤ authorized and refunded ≤ reserved ≤ captured, always; there is one capture. A refund reserves its amount at
// once and reaches the rider later: what a reader sees of it rises on its own.

/** A payment. Amounts in minor units. */
export interface Payment {
  readonly authorized: number;
  readonly captured: number;
  /** What was asked back. */
  readonly reserved: number;
  /** What has gone back, as far as anybody has seen. */
  readonly refunded: number;
  readonly isVoided: boolean;
}

/** A payment as a client is told of it. */
export interface PaymentRead {
  readonly status: string;
  readonly captured: number;
  readonly refunded: number;
}

type Done = { readonly done: true } | { readonly refused: string };

/** Calls of a payment. A refund without an amount asks for whatever is left; its answer says how much that was. */
export type PaymentCall =
  | Call<'authorise' | 'capture', { readonly amount: number }, Done>
  | Call<'void', unknown, Done>
  | Call<'refund', { readonly amount: number | null }, { readonly amount: number } | { readonly refused: string }>
  | Call<'read', unknown, PaymentRead>;

/** Where payments begin, and what happens to them unseen. */
export interface PaymentModelOptions {
  readonly initial?: Partial<Payment>;
  /** The platform holds, captures and voids on its own; a reader sees that it did. */
  readonly isDriven?: boolean;
}

/** One payment. */
export function makePaymentModel(options: PaymentModelOptions = {}): Model<Payment, PaymentCall> {
  const { initial, isDriven = false } = options;
  return {
    name: 'payment',
    operations: ['authorise', 'capture', 'void', 'refund', 'read'],
    initial: () => ({ authorized: 0, captured: 0, reserved: 0, refunded: 0, isVoided: false, ...initial }),
    identify: (payment) => Object.values(payment).join(' '),
    describe: ({ authorized, captured, isVoided, refunded, reserved }) =>
      isVoided
        ? 'voided'
        : `authorized ${String(authorized)}, captured ${String(captured)}, refunds of ${String(reserved)} asked for` +
          ` and ${String(refunded)} seen`,
    step: (payment, call) => {
      const next = stepPayment(payment, call, isDriven);
      return next === undefined ? [] : [next];
    },
    // what a reader sees may be new, so that reads are no mere observations
    observes: ({ answer, operation }) => answer !== undefined && operation !== 'read' && 'refused' in answer,
  };
}

function stepPayment(payment: Payment, call: PaymentCall, isDriven: boolean): Payment | undefined {
  switch (call.operation) {
    case 'authorise': {
      const may = payment.authorized === 0 && !payment.isVoided && call.input.amount > 0;
      return decided(payment, call.answer, may ? { ...payment, authorized: call.input.amount } : undefined);
    }
    case 'capture': {
      const { amount } = call.input;
      const may = payment.captured === 0 && !payment.isVoided && amount > 0 && amount <= payment.authorized;
      return decided(payment, call.answer, may ? { ...payment, captured: amount } : undefined);
    }
    case 'void': {
      const may = payment.captured === 0 && !payment.isVoided;
      return decided(payment, call.answer, may ? { ...payment, isVoided: true } : undefined);
    }
    case 'refund':
      return refund(payment, call);
    case 'read':
      return read(payment, call.answer, isDriven);
  }
}

/** A refusal needs the reason that there was nothing to do, and an answer that it was done needs that there was. */
function decided(payment: Payment, answer: object | undefined, after: Payment | undefined): Payment | undefined {
  if (answer && 'refused' in answer) return after === undefined ? payment : undefined;
  return after;
}

function refund(payment: Payment, { answer, input }: Extract<PaymentCall, { operation: 'refund' }>) {
  const left = payment.captured - payment.reserved;
  const amount = input.amount ?? left;
  const after = amount > 0 && amount <= left ? { ...payment, reserved: payment.reserved + amount } : undefined;
  if (answer && 'amount' in answer && answer.amount !== amount) return undefined;
  return decided(payment, answer, after);
}

function statusOf({ authorized, captured, isVoided, refunded }: Payment): string {
  if (isVoided) return 'voided';
  if (captured === 0) return authorized > 0 ? 'authorized' : 'pending';
  if (refunded === 0) return 'captured';
  return refunded < captured ? 'partially_refunded' : 'refunded';
}

function read(payment: Payment, answer: PaymentRead | undefined, isDriven: boolean): Payment | undefined {
  if (answer === undefined) return payment;
  const seen = isDriven ? driven(payment, answer) : payment;
  if (answer.captured !== seen.captured || answer.refunded < seen.refunded || answer.refunded > seen.reserved) {
    return undefined;
  }
  const after = answer.refunded === seen.refunded ? seen : { ...seen, refunded: answer.refunded };
  return answer.status === statusOf(after) || (isDriven && answer.status === 'unknown') ? after : undefined;
}

/** The payment with what the reader learns of the platform's own steps; each of them happens once. */
function driven(payment: Payment, { captured, status }: PaymentRead): Payment {
  if (payment.captured > 0 || payment.isVoided) return payment;
  if (captured > 0) return { ...payment, authorized: Math.max(payment.authorized, captured), captured };
  if (status === 'voided') return { ...payment, isVoided: true };
  return status === 'authorized' && payment.authorized === 0 ? { ...payment, authorized: 1 } : payment;
}
