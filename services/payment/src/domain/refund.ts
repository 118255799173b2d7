import { advance } from './advance.ts';
import { draftOf } from './draft.ts';
import { paymentNotRefundable, refundExceedsCapture } from './errors.ts';
import { opCodes } from './payment.ts';
import type { Aggregate, Decision, DecisionContext, PaymentOp, Refund } from './payment.ts';
import { refunded } from './settle-op.ts';

export interface RefundRequest {
  /** `null`: whatever is left. */
  readonly amount: number | null;
  readonly reason: string;
  readonly requestedBy: string;
}

/** One part of a refund: so much of one capture. */
export interface RefundPart {
  readonly reference: string;
  readonly amount: number;
}

/** Whether the amount has gone back, or may still. */
function counts(op: PaymentOp): boolean {
  return op.state !== 'failed' || op.code === opCodes.foundLate;
}

/** Divides a refund over the captures it can come from, the earliest first. */
export function allocateRefund(ops: readonly PaymentOp[], amount: number): RefundPart[] {
  const parts: RefundPart[] = [];
  let left = amount;
  for (const capture of ops) {
    const { reference, kind, state } = capture;
    if (reference === null || state !== 'done' || (kind !== 'capture' && kind !== 'debt_capture')) continue;
    const taken = ops
      .filter((op) => op.kind === 'refund' && op.targetRef === reference && counts(op))
      .reduce((sum, op) => sum + op.amount, 0);
    const part = Math.min(left, capture.amount - taken);
    if (part > 0) parts.push({ reference, amount: part });
    left -= Math.max(part, 0);
  }
  return parts;
}

/**
 * Reserves a refund and plans its operations; cash is booked at once, as owed to the rider.
 *
 * @throws `PAYMENT_NOT_REFUNDABLE` before anything was captured, `REFUND_EXCEEDS_CAPTURE` beyond what is left.
 */
export function requestRefund(
  aggregate: Aggregate,
  context: DecisionContext,
  request: RefundRequest,
): { readonly decision: Decision; readonly refund: Refund } {
  const { payment } = aggregate;
  if (payment.captured === 0) throw paymentNotRefundable();
  const left = payment.captured - payment.refundReserved;
  const amount = request.amount ?? left;
  if (amount > left || amount <= 0) throw refundExceedsCapture();
  const draft = draftOf(aggregate, context);
  const id = context.id('refund');
  const { reason, requestedBy } = request;
  draft.putRefund({ id, amount, done: 0, status: 'pending', reason, requestedBy });
  draft.update({ refundReserved: payment.refundReserved + amount });
  const cash = payment.methodId === null;
  for (const part of allocateRefund(aggregate.ops, amount)) {
    const op = draft.plan({
      kind: 'refund',
      amount: part.amount,
      targetRef: part.reference,
      refundId: id,
      ...(cash ? { state: 'done', reference: 'cash' } : {}),
    });
    if (cash) refunded(draft, op);
  }
  advance(draft);
  const decision = draft.decision();
  const refund = draft.refunds().find((each) => each.id === id);
  return { decision, refund: refund ?? { id, amount, done: 0, status: 'pending', reason, requestedBy } };
}
