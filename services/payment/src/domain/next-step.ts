import { isUnresolved } from './payment.ts';
import type { DebtPayment, OpKind, Payment, PaymentOp } from './payment.ts';

/** What brings a payment closer to its goal. */
export type Step =
  | { readonly do: 'rest' }
  /** An operation is planned or under way. */
  | { readonly do: 'wait' }
  | { readonly do: 'cancel'; readonly op: PaymentOp }
  | {
      readonly do: 'plan';
      readonly kind: OpKind;
      readonly amount: number;
      readonly targetRef: string | null;
      readonly delayMs?: number;
    }
  | {
      readonly do: 'conclude';
      readonly outcome: 'hold_failed' | 'capture_failed' | 'short_capture' | 'voided' | 'cash_captured';
      readonly cause: PaymentOp | null;
    }
  | { readonly do: 'decline'; readonly debt: DebtPayment; readonly cause: PaymentOp };

// a hold that the gateway will not let go lapses there by itself; asking again and again changes nothing
const VOID_ATTEMPTS_MAX = 3;
const VOID_RETRY_DELAY_MS = 5_000;

// the request that pays a debt carries it out itself, to answer how it went; after this, whoever looks for work does
const DEBT_GRACE_MS = 2_000;

const REST: Step = { do: 'rest' };

/**
 * What to do next about a payment.
 *
 * @remarks An operation whose outcome is open blocks every other, so two captures can never be on their way at once;
 * and a capture is planned only while none has succeeded.
 */
export function nextStep(payment: Payment, ops: readonly PaymentOp[], debts: readonly DebtPayment[]): Step {
  if (ops.some(isUnresolved)) return { do: 'wait' };
  const planned = ops.filter((op) => op.state === 'planned');
  const unwanted =
    payment.goal === 'void' ? planned.find(({ kind }) => kind === 'hold' || kind === 'increment') : undefined;
  if (unwanted) return { do: 'cancel', op: unwanted };
  if (planned.length > 0) return { do: 'wait' };
  switch (payment.goal) {
    case 'hold':
      return towardsHold(payment, ops);
    case 'void':
      return towardsVoid(payment, ops);
    case 'capture':
      return towardsCapture(payment, ops, debts);
  }
}

function last(ops: readonly PaymentOp[], kind: OpKind): PaymentOp | undefined {
  return ops.findLast((op) => op.kind === kind);
}

/** The hold that a capture can be made from. */
function standingHold(ops: readonly PaymentOp[]): PaymentOp | undefined {
  return ops.find((op) => op.kind === 'hold' && op.state === 'done');
}

function towardsHold(payment: Payment, ops: readonly PaymentOp[]): Step {
  if (payment.methodId === null || payment.status !== 'pending') return REST;
  const hold = last(ops, 'hold');
  return hold
    ? { do: 'conclude', outcome: 'hold_failed', cause: hold }
    : { do: 'plan', kind: 'hold', amount: payment.goalAmount, targetRef: null };
}

function towardsVoid(payment: Payment, ops: readonly PaymentOp[]): Step {
  if (payment.status === 'voided' || payment.status === 'failed') return REST;
  const hold = standingHold(ops);
  const voids = ops.filter(({ kind }) => kind === 'void');
  if (!hold || voids.length >= VOID_ATTEMPTS_MAX) return { do: 'conclude', outcome: 'voided', cause: null };
  return {
    do: 'plan',
    kind: 'void',
    amount: payment.authorized,
    targetRef: hold.reference,
    delayMs: voids.length === 0 ? 0 : VOID_RETRY_DELAY_MS,
  };
}

function towardsCapture(payment: Payment, ops: readonly PaymentOp[], debts: readonly DebtPayment[]): Step {
  if (payment.captured + payment.outstanding >= payment.goalAmount) return afterCapture(ops, debts);
  if (payment.methodId === null) return { do: 'conclude', outcome: 'cash_captured', cause: null };
  const capture = last(ops, 'capture');
  if (capture) {
    // done and yet short: what could not be held is the rest; failed: nothing was taken
    return capture.state === 'done'
      ? { do: 'conclude', outcome: 'short_capture', cause: last(ops, 'increment') ?? capture }
      : { do: 'conclude', outcome: 'capture_failed', cause: capture };
  }
  const hold = standingHold(ops);
  if (!hold) {
    const refused = ops.find((op) => op.kind === 'hold' && op.goal === 'capture');
    return refused
      ? { do: 'conclude', outcome: 'capture_failed', cause: refused }
      : { do: 'plan', kind: 'hold', amount: payment.goalAmount, targetRef: null };
  }
  const missing = payment.goalAmount - payment.authorized;
  return missing > 0 && !last(ops, 'increment')
    ? { do: 'plan', kind: 'increment', amount: missing, targetRef: hold.reference }
    : {
        do: 'plan',
        kind: 'capture',
        amount: Math.min(payment.goalAmount, payment.authorized),
        targetRef: hold.reference,
      };
}

function afterCapture(ops: readonly PaymentOp[], debts: readonly DebtPayment[]): Step {
  const debt = debts.find(({ state }) => state === 'open');
  const next = debt ? towardsDebt(debt, ops) : REST;
  const stray = strayHold(ops);
  // a try that was declined is over before its hold is let go: its answer does not hang on that
  return stray && next.do !== 'decline'
    ? { do: 'plan', kind: 'release', amount: stray.amount, targetRef: stray.reference }
    : next;
}

/** A hold whose capture was refused: the rider should have the amount back on the card. */
function strayHold(ops: readonly PaymentOp[]): PaymentOp | undefined {
  return ops.find((op) => {
    if (op.state !== 'done' || (op.kind !== 'hold' && op.kind !== 'debt_hold')) return false;
    const uses = ops.filter(({ targetRef, kind }) => targetRef === op.reference && kind !== 'increment');
    return uses.length > 0 && uses.every(({ kind, state }) => state === 'failed' && kind !== 'release');
  });
}

function towardsDebt(debt: DebtPayment, ops: readonly PaymentOp[]): Step {
  const tried = (kind: OpKind): PaymentOp | undefined =>
    ops.find((op) => op.kind === kind && op.attempt === debt.attempt);
  const hold = tried('debt_hold');
  const delayMs = DEBT_GRACE_MS;
  if (!hold) return { do: 'plan', kind: 'debt_hold', amount: debt.amount, targetRef: null, delayMs };
  if (hold.state === 'failed') return { do: 'decline', debt, cause: hold };
  const capture = tried('debt_capture');
  return capture
    ? { do: 'decline', debt, cause: capture }
    : { do: 'plan', kind: 'debt_capture', amount: debt.amount, targetRef: hold.reference, delayMs };
}
