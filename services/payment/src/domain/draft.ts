import { assert } from '@rideshare/kernel';
import type {
  Aggregate,
  DebtPayment,
  Decision,
  DecisionContext,
  Journal,
  JournalLine,
  OpKind,
  Payment,
  PaymentEvent,
  PaymentOp,
  RecordedEvent,
  Refund,
} from './payment.ts';

/** A decision in the making: the aggregate as it would be, and what changed on the way. */
export interface Draft {
  readonly context: DecisionContext;
  payment(): Payment;
  ops(): readonly PaymentOp[];
  refunds(): readonly Refund[];
  debts(): readonly DebtPayment[];
  update(change: Partial<Payment>): void;
  putOp(op: PaymentOp): void;
  putRefund(refund: Refund): void;
  putDebt(debt: DebtPayment): void;
  plan(op: Pick<PaymentOp, 'kind' | 'amount'> & Partial<PaymentOp>): PaymentOp;
  journal(opId: string, kind: Journal['kind'], lines: readonly JournalLine[]): Journal;
  emit(event: PaymentEvent): void;
  decision(): Decision;
}

function replace<Row extends { readonly id: string }>(rows: readonly Row[], row: Row): readonly Row[] {
  return rows.some(({ id }) => id === row.id) ? rows.map((each) => (each.id === row.id ? row : each)) : [...rows, row];
}

/** Starts a decision about `aggregate`. */
export function draftOf(aggregate: Aggregate, context: DecisionContext): Draft {
  let { payment, ops, refunds, debts } = aggregate;
  let changedOps: readonly PaymentOp[] = [];
  let changedRefunds: readonly Refund[] = [];
  let changedDebts: readonly DebtPayment[] = [];
  const journals: Journal[] = [];
  const events: RecordedEvent[] = [];

  const putOp = (op: PaymentOp): void => {
    ops = replace(ops, op);
    changedOps = replace(changedOps, op);
  };
  const attemptOf = (kind: OpKind): number => ops.filter((op) => op.kind === kind).length + 1;

  return {
    context,
    payment: () => payment,
    ops: () => ops,
    refunds: () => refunds,
    debts: () => debts,
    update(change) {
      payment = { ...payment, ...change };
    },
    putOp,
    putRefund(refund) {
      refunds = replace(refunds, refund);
      changedRefunds = replace(changedRefunds, refund);
    },
    putDebt(debt) {
      debts = replace(debts, debt);
      changedDebts = replace(changedDebts, debt);
    },
    plan(wanted) {
      const attempt = wanted.attempt ?? attemptOf(wanted.kind);
      const op: PaymentOp = {
        id: context.id(`op:${wanted.kind}:${String(attempt)}`),
        attempt,
        state: 'planned',
        pspKey: context.pspKey(payment.id, wanted.kind, attempt),
        goal: payment.goal,
        methodId: payment.methodId,
        targetRef: null,
        refundId: null,
        reference: null,
        code: null,
        delayMs: 0,
        ...wanted,
      };
      putOp(op);
      return op;
    },
    journal(opId, kind, lines) {
      const journal: Journal = { id: context.id(`journal:${opId}`), opId, kind, lines };
      journals.push(journal);
      return journal;
    },
    emit(event) {
      const sequence = payment.version + 1;
      payment = { ...payment, version: sequence };
      events.push({ id: context.id(`event:${String(sequence)}`), sequence, event });
    },
    decision() {
      checkAmounts(payment);
      return { payment, ops: changedOps, refunds: changedRefunds, debts: changedDebts, journals, events };
    },
  };
}

function checkAmounts(payment: Payment): void {
  const { authorized, captured, refundReserved, refunded, outstanding } = payment;
  assert(captured <= authorized, 'never more is captured than was authorised');
  assert(refunded <= refundReserved && refundReserved <= captured, 'never more is refunded than was captured');
  assert(authorized >= 0 && refunded >= 0 && outstanding >= 0, 'no amount is negative');
}
