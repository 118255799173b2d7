import { advance } from './advance.ts';
import { draftOf } from './draft.ts';
import { paymentAmountMismatch, paymentExists, paymentMethodNotFound } from './errors.ts';
import type { Aggregate, DebtPayment, Decision, DecisionContext } from './payment.ts';

export interface DebtRequest {
  readonly id: string;
  /** `null`: none was named and there is no default. */
  readonly methodId: string | null;
  /** What the rider believes to owe, where they said so. */
  readonly amount: { readonly amount: number; readonly currency: string } | null;
}

/**
 * Starts paying what is outstanding, whole, with another method or the same.
 *
 * @remarks A repeat of the same request finds its own try and starts no second one.
 * @throws `PAYMENT_EXISTS` when nothing is owed or another try is open, `PAYMENT_AMOUNT_MISMATCH`, `PAYMENT_METHOD_NOT_FOUND`.
 */
export function startDebtPayment(
  aggregate: Aggregate,
  context: DecisionContext,
  request: DebtRequest,
): { readonly decision: Decision | null; readonly debt: DebtPayment } {
  const known = aggregate.debts.find(({ id }) => id === request.id);
  if (known) return { decision: null, debt: known };
  const { payment } = aggregate;
  if (payment.outstanding === 0 || aggregate.debts.some(({ state }) => state === 'open')) throw paymentExists();
  const { amount } = request;
  if (amount && (amount.amount !== payment.outstanding || amount.currency !== payment.currency)) {
    throw paymentAmountMismatch();
  }
  if (request.methodId === null) throw paymentMethodNotFound();
  const draft = draftOf(aggregate, context);
  const debt: DebtPayment = {
    id: request.id,
    attempt: aggregate.debts.length + 1,
    methodId: request.methodId,
    amount: payment.outstanding,
    state: 'open',
    code: null,
  };
  draft.putDebt(debt);
  advance(draft);
  return { decision: draft.decision(), debt };
}
