import { assert } from '@rideshare/kernel';
import { advance } from './advance.ts';
import { draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { captureJournal, debtCaptureJournal, refundJournal } from './journals.ts';
import { isUnresolved, opCodes } from './payment.ts';
import type { Aggregate, Decision, DecisionContext, GatewayAnswer, OpKind, PaymentOp, Refund } from './payment.ts';
import { addShares, sharesOfCapture, sharesOfRefund } from './shares.ts';
import { clouds, settledStatus } from './status.ts';

/**
 * Books what the gateway said for good about an operation, and goes on from there.
 *
 * @returns `null` when the operation was settled before: whoever is second changes nothing.
 */
export function settleOp(
  aggregate: Aggregate,
  context: DecisionContext,
  opId: string,
  answer: GatewayAnswer,
): Decision | null {
  const op = aggregate.ops.find(({ id }) => id === opId);
  assert(op !== undefined, 'only an operation of the payment is settled');
  const draft = draftOf(aggregate, context);
  if (!isUnresolved(op)) return answer.outcome === 'done' ? settleLate(draft, op, answer.reference) : null;
  if (answer.outcome === 'done') applyDone(draft, { ...op, state: 'done', reference: answer.reference });
  else applyRefused(draft, { ...op, state: 'failed', code: answer.code, delayMs: lateCheckDelayMs(answer.code) });
  advance(draft);
  return draft.decision();
}

/** Notes that nobody knows what became of an operation that was sent. */
export function doubtOp(
  aggregate: Aggregate,
  context: DecisionContext,
  opId: string,
  delayMs: number,
): Decision | null {
  const op = aggregate.ops.find(({ id }) => id === opId);
  if (!op || !isUnresolved(op)) return null;
  const draft = draftOf(aggregate, context);
  draft.putOp({ ...op, state: 'unknown', delayMs });
  if (clouds(op)) draft.update({ status: 'unknown' });
  return draft.decision();
}

// an operation that was given up unanswered is asked about once more, when even a gateway in trouble has caught up
const LATE_CHECK_DELAY_MS = 300_000;

function lateCheckDelayMs(code: string): number {
  return code === opCodes.silent ? LATE_CHECK_DELAY_MS : 0;
}

function applyDone(draft: Draft, op: PaymentOp): void {
  draft.putOp(op);
  const payment = draft.payment();
  switch (op.kind) {
    case 'hold':
      draft.update({ status: 'authorized', authorized: op.amount });
      draft.emit({ type: 'authorized', amount: op.amount });
      return;
    case 'increment':
      draft.update({ status: 'authorized', authorized: payment.authorized + op.amount });
      return;
    case 'capture':
      captured(draft, op);
      return;
    case 'void':
      draft.update({ status: 'voided' });
      draft.emit({ type: 'voided' });
      return;
    case 'refund':
      refunded(draft, op);
      return;
    case 'debt_hold':
      draft.update({ status: settledStatus(payment, draft.ops()), authorized: payment.authorized + op.amount });
      return;
    case 'debt_capture':
      debtCaptured(draft, op);
      return;
    case 'release':
    case 'return':
      return;
  }
}

function captured(draft: Draft, op: PaymentOp): void {
  const payment = draft.payment();
  const shares = sharesOfCapture(payment, op.amount);
  const journal = draft.journal(op.id, 'capture', captureJournal(payment, op.amount, shares));
  draft.update({
    status: 'captured',
    captured: payment.captured + op.amount,
    booked: addShares(payment.booked, shares),
  });
  draft.emit({ type: 'captured', kind: payment.kind, amount: op.amount, driverShare: shares.driver, journal });
}

function debtCaptured(draft: Draft, op: PaymentOp): void {
  const payment = draft.payment();
  const shares = sharesOfCapture(payment, op.amount);
  const journal = draft.journal(op.id, 'debt_capture', debtCaptureJournal(payment, op.amount, shares));
  const paid = {
    ...payment,
    captured: payment.captured + op.amount,
    outstanding: payment.outstanding - op.amount,
    booked: addShares(payment.booked, shares),
  };
  draft.update({ ...paid, status: settledStatus(paid, draft.ops()) });
  const debt = draft.debts().find(({ attempt }) => attempt === op.attempt);
  if (debt) draft.putDebt({ ...debt, state: 'paid' });
  draft.emit({ type: 'captured', kind: 'debt', amount: op.amount, driverShare: shares.driver, journal });
}

function refundOf(draft: Draft, op: PaymentOp): Refund {
  const refund = draft.refunds().find(({ id }) => id === op.refundId);
  assert(refund !== undefined, 'a refund operation belongs to a refund');
  return refund;
}

function refundStatus(draft: Draft, refundId: string): Refund['status'] {
  const parts = draft.ops().filter((op) => op.refundId === refundId);
  if (parts.some((op) => op.state === 'planned' || isUnresolved(op))) return 'pending';
  return parts.some((op) => op.state === 'failed' && op.code !== opCodes.foundLate) ? 'failed' : 'done';
}

/** Money went back to the rider: books it, in cash as through the gateway. */
export function refunded(draft: Draft, op: PaymentOp): void {
  const payment = draft.payment();
  const refund = refundOf(draft, op);
  const shares = sharesOfRefund(payment, op.amount);
  const journal = draft.journal(op.id, 'refund', refundJournal(payment, op.amount, shares));
  const after = {
    ...payment,
    refunded: payment.refunded + op.amount,
    returned: addShares(payment.returned, shares),
  };
  // an open debt payment may have made the status unknown meanwhile; this one does not settle it
  draft.update({ ...after, status: payment.status === 'unknown' ? 'unknown' : settledStatus(after, draft.ops()) });
  draft.putRefund({ ...refund, done: refund.done + op.amount, status: refundStatus(draft, refund.id) });
  draft.emit({
    type: 'refunded',
    refundId: refund.id,
    amount: op.amount,
    refunded: after.refunded,
    driverShare: shares.driver,
    journal,
  });
}

function applyRefused(draft: Draft, op: PaymentOp): void {
  draft.putOp(op);
  const payment = draft.payment();
  if (op.kind === 'refund') {
    draft.update({ refundReserved: payment.refundReserved - op.amount });
    draft.putRefund({ ...refundOf(draft, op), status: refundStatus(draft, op.refundId ?? '') });
  }
  if (op.kind === 'debt_capture') draft.update({ authorized: payment.authorized - op.amount });
  if (clouds(op)) draft.update({ status: settledStatus(draft.payment(), draft.ops()) });
}

const UNDO: Readonly<Partial<Record<OpKind, OpKind>>> = {
  hold: 'release',
  debt_hold: 'release',
  capture: 'return',
  debt_capture: 'return',
};

/**
 * The gateway did, after all, what had been given up.
 *
 * @remarks The payment has gone another way since, so a hold is let go and a capture sent back, without a word in the
 * ledger: neither was ever in it. A refund cannot be taken back, so it is booked while there is room for it.
 */
function settleLate(draft: Draft, op: PaymentOp, reference: string): Decision | null {
  if (op.state !== 'failed' || op.code === opCodes.foundLate) return null;
  const found: PaymentOp = { ...op, reference, code: opCodes.foundLate };
  draft.putOp(found);
  const undo = UNDO[op.kind];
  if (undo) draft.plan({ kind: undo, amount: op.amount, targetRef: reference });
  const payment = draft.payment();
  if (op.kind === 'refund' && payment.refundReserved + op.amount <= payment.captured) {
    draft.update({ refundReserved: payment.refundReserved + op.amount });
    refunded(draft, found);
  }
  return draft.decision();
}
