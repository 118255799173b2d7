/** The last walls of the tables in PostgreSQL, for those in memory: whatever decides, this is never written. */
import type { DebtPayment, Journal, JournalLine, OpKind, Payment, PaymentOp, Refund } from '../domain/payment.ts';
import type { OpFile, PaymentFile } from './payment-tables.memory.ts';

/** What the engine throws: an error that names the constraint. */
function broken(constraint: string): Error {
  return Object.assign(new Error(`the change breaks "${constraint}"`), { constraint });
}

function wall(holds: boolean, constraint: string): void {
  if (!holds) throw broken(constraint);
}

export function wallPayment(before: PaymentFile | undefined, after: PaymentFile): void {
  const { payment, refunds, debts } = after;
  wallAmounts(payment);
  if (before) wallIdentity(before.payment, payment);
  for (const refund of refunds) wallRefund(refund);
  wallDebts(debts);
}

function wallAmounts({ authorized, captured, refundReserved, refunded, outstanding, goalAmount }: Payment): void {
  wall(captured >= 0 && captured <= authorized, 'payments_captured_within_authorized');
  wall(refunded >= 0 && refunded <= refundReserved && refundReserved <= captured, 'payments_refunded_within_captured');
  wall(outstanding >= 0 && goalAmount >= 0, 'payments_outstanding_check');
}

/** The goal leaves `hold` once; a payment keeps its trip, its rider and its currency; its version only rises. */
function wallIdentity(before: Payment, after: Payment): void {
  const names = ['id', 'tripId', 'riderId', 'currency'] as const;
  wall(before.goal === 'hold' || after.goal === before.goal, 'payments_keep_goal');
  wall(
    names.every((name) => before[name] === after[name]),
    'payments_keep_goal',
  );
  wall(after.version >= before.version, 'payments_keep_goal');
}

function wallRefund({ amount, done }: Refund): void {
  wall(amount > 0 && done >= 0 && done <= amount, 'refunds_check');
}

function wallDebts(debts: readonly DebtPayment[]): void {
  const count = (wanted: DebtPayment['state']) => debts.filter(({ state }) => state === wanted).length;
  wall(count('open') <= 1, 'debt_payments_one_open');
  wall(count('paid') <= 1, 'debt_payments_one_paid');
  wall(new Set(debts.map(({ attempt }) => attempt)).size === debts.length, 'debt_payments_payment_id_attempt_key');
  wall(
    debts.every(({ amount }) => amount > 0),
    'debt_payments_amount_check',
  );
}

const ONE_EFFECT: ReadonlySet<OpKind> = new Set(['hold', 'capture', 'void']);

/** One hold, one capture, one void that has not failed; one operation under way; one operation to a key. */
export function wallOp(op: PaymentOp, siblings: readonly OpFile[], ofSameKey: OpFile | undefined): void {
  const others = siblings.map((sibling) => sibling.op);
  const another = (constraint: string, isSuch: (each: PaymentOp) => boolean): void => {
    wall(!isSuch(op) || !others.some(isSuch), constraint);
  };
  wall(op.amount >= 0 && op.attempt > 0, 'payment_ops_amount_check');
  wall(op.state !== 'done' || op.reference !== null, 'payment_ops_check');
  wall((op.state === 'failed') === (op.code !== null), 'payment_ops_check1');
  wall(ofSameKey === undefined || ofSameKey.op.id === op.id, 'payment_ops_psp_key');
  wall(
    !others.some(({ kind, attempt }) => kind === op.kind && attempt === op.attempt),
    'payment_ops_payment_id_op_attempt_key',
  );
  another(
    'payment_ops_one_effect',
    ({ kind, state }) => kind === op.kind && ONE_EFFECT.has(kind) && state !== 'failed',
  );
  another('payment_ops_one_debt_capture', ({ kind, state }) => kind === 'debt_capture' && state !== 'failed');
  another('payment_ops_one_unresolved', ({ state }) => state === 'sent' || state === 'unknown');
}

/** A journal sums to zero, and an operation is booked once; what is booked is never changed. */
export function wallJournal({ lines }: Pick<Journal, 'lines'>, isBooked: boolean): void {
  const total = lines.reduce((sum, { amount }: JournalLine) => sum + amount, 0);
  wall(!isBooked, 'ledger_journals_one_per_op');
  wall(
    lines.every(({ amount }) => amount !== 0),
    'ledger_entries_amount_check',
  );
  wall(lines.length >= 2 && total === 0, 'ledger_journals_balance');
}
