import type { Payment, PaymentOp, PaymentStatus } from './payment.ts';

/** The status that the money alone gives a payment, once no outcome is open any more. */
export function settledStatus(payment: Payment, ops: readonly PaymentOp[]): PaymentStatus {
  if (payment.captured > 0) {
    if (payment.refunded >= payment.captured) return 'refunded';
    return payment.refunded > 0 ? 'partially_refunded' : 'captured';
  }
  if (payment.outstanding > 0) return 'failed';
  return ops.some(({ kind, state }) => kind === 'hold' && state === 'done') ? 'authorized' : 'pending';
}

/** Whether an open outcome of this operation makes the payment's own status unknown; a refund's does not. */
export function clouds({ kind }: PaymentOp): boolean {
  return kind !== 'refund' && kind !== 'release' && kind !== 'return';
}
