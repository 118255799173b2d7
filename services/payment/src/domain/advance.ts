import { assert } from '@rideshare/kernel';
import type { Draft } from './draft.ts';
import { captureJournal, debtJournal } from './journals.ts';
import { nextStep } from './next-step.ts';
import type { Step } from './next-step.ts';
import { opCodes } from './payment.ts';
import type { PaymentOp } from './payment.ts';
import { addShares, sharesOfCapture } from './shares.ts';

// cancel, conclude, release, decline and plan follow one another at most once each
const STEPS_MAX = 8;

/** Takes every step that needs no gateway, and plans the operation that does. */
export function advance(draft: Draft): void {
  for (let taken = 0; ; taken += 1) {
    assert(taken < STEPS_MAX, 'a payment comes to rest');
    const step = nextStep(draft.payment(), draft.ops(), draft.debts());
    if (step.do === 'rest' || step.do === 'wait') return;
    take(draft, step);
  }
}

function take(draft: Draft, step: Exclude<Step, { do: 'rest' | 'wait' }>): void {
  switch (step.do) {
    case 'cancel':
      draft.putOp({ ...step.op, state: 'failed', code: opCodes.cancelled });
      return;
    case 'plan':
      plan(draft, step);
      return;
    case 'decline':
      draft.putDebt({ ...step.debt, state: 'declined', code: codeOf(step.cause) });
      return;
    case 'conclude':
      conclude(draft, step);
      return;
  }
}

function plan(draft: Draft, step: Extract<Step, { do: 'plan' }>): void {
  const debt = draft.debts().find(({ state }) => state === 'open');
  const forDebt = step.kind === 'debt_hold' || step.kind === 'debt_capture';
  draft.plan({
    kind: step.kind,
    amount: step.amount,
    targetRef: step.targetRef,
    delayMs: step.delayMs ?? 0,
    ...(forDebt && debt ? { attempt: debt.attempt, methodId: debt.methodId } : {}),
  });
}

function codeOf(op: PaymentOp | null): string {
  return op?.code ?? opCodes.silent;
}

function conclude(draft: Draft, step: Extract<Step, { do: 'conclude' }>): void {
  const payment = draft.payment();
  switch (step.outcome) {
    case 'voided':
      draft.update({ status: 'voided' });
      draft.emit({ type: 'voided' });
      return;
    case 'hold_failed':
      draft.update({ status: 'failed' });
      draft.emit({
        type: 'failed',
        op: 'hold',
        code: codeOf(step.cause),
        outstanding: 0,
        journal: null,
      });
      return;
    case 'cash_captured':
      captureCash(draft);
      return;
    case 'capture_failed':
      // what was held is not ours to take any more
      draft.update({ status: 'failed', authorized: payment.captured });
      owe(draft, step.cause);
      return;
    case 'short_capture':
      owe(draft, step.cause);
      return;
  }
}

/** What was not taken becomes the rider's debt. */
function owe(draft: Draft, cause: PaymentOp | null): void {
  const payment = draft.payment();
  const outstanding = payment.goalAmount - payment.captured;
  assert(cause !== null, 'a debt has an operation that failed');
  const journal = draft.journal(cause.id, 'debt', debtJournal(payment, outstanding));
  draft.update({ outstanding });
  draft.emit({ type: 'failed', op: 'capture', code: codeOf(cause), outstanding, journal });
}

function captureCash(draft: Draft): void {
  const payment = draft.payment();
  const amount = payment.goalAmount;
  const shares = sharesOfCapture(payment, amount);
  const op = draft.plan({ kind: 'capture', amount, state: 'done', reference: 'cash' });
  const journal = draft.journal(op.id, 'capture', captureJournal(payment, amount, shares));
  draft.update({
    status: 'captured',
    authorized: amount,
    captured: amount,
    booked: addShares(payment.booked, shares),
  });
  draft.emit({ type: 'captured', kind: payment.kind, amount, driverShare: shares.driver, journal });
}
