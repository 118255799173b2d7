import { assert, money } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { Aggregate, Decision, PaymentOp } from '../domain/payment.ts';
import type { PaymentKey, PaymentStore, PaymentView, StoreHooks } from '../usecases/ports.ts';
import { contextOf, publishDecision, traceOf } from './decision.ts';
import {
  methodFileOf,
  opsOf,
  paymentIdOfTrip,
  paymentOps,
  payments,
  putJournal,
  putOp,
  putPayment,
  readUnsettledPayments,
} from './payment-tables.memory.ts';
import type { OpFile, PaymentFile } from './payment-tables.memory.ts';
import { later } from './time.memory.ts';

function fileOf(reader: TableReader, key: PaymentKey): PaymentFile | undefined {
  const paymentId =
    'tripId' in key
      ? paymentIdOfTrip(reader, key.tripId)
      : 'paymentId' in key
        ? key.paymentId
        : reader.get(paymentOps, key.opId)?.paymentId;
  return paymentId === undefined ? undefined : reader.get(payments, paymentId);
}

function toAggregate(reader: TableReader, file: PaymentFile): Aggregate {
  const { payment, refunds, debts } = file;
  return { payment, ops: opsOf(reader, file).map(({ op }) => op), refunds, debts };
}

function toView(reader: TableReader, { payment }: PaymentFile): PaymentView {
  const { id, tripId, riderId, status, currency, goalAmount, captured, refunded, methodId } = payment;
  return {
    id,
    tripId,
    riderId,
    status,
    amount: money(goalAmount, currency),
    captured: money(captured, currency),
    refunded: money(refunded, currency),
    methodId,
    last4: methodFileOf(reader, riderId, methodId)?.method.last4 ?? null,
  };
}

/** The rows with those that changed in their places, and the new ones behind them. */
function merged<Row extends { readonly id: string }>(rows: readonly Row[], changed: readonly Row[]): readonly Row[] {
  const byId = new Map([...rows, ...changed].map((row) => [row.id, row]));
  return [...byId.values()];
}

/** When and in which trace a decision is written. */
interface Writing {
  readonly at: Date;
  readonly trace: Readonly<Record<string, string>>;
}

function writeDecision(
  tx: MemoryTransaction,
  found: PaymentFile | undefined,
  decision: Decision,
  { at, trace }: Writing,
): void {
  const { payment, ops, refunds, debts, journals } = decision;
  const opened = { refunds: [], debts: [], opIds: [], createdAt: at, askedAt: tx.database.now() };
  const before = found ?? opened;
  assert(found !== undefined || paymentIdOfTrip(tx, payment.tripId) === undefined, 'a trip has one payment');
  putPayment(tx, {
    ...before,
    payment,
    refunds: merged(before.refunds, refunds),
    debts: merged(before.debts, debts),
    opIds: [...new Set([...before.opIds, ...ops.map(({ id }) => id)])],
  });
  for (const op of ops) putOp(tx, written(tx, payment.id, op, traceOf(op, payment, trace)));
  for (const journal of journals) putJournal(tx, { ...journal, paymentId: payment.id, currency: payment.currency });
  publishDecision(tx, decision, at);
}

function written(tx: MemoryTransaction, paymentId: string, op: PaymentOp, trace: OpFile['trace']): OpFile {
  const { delayMs, ...row } = op;
  const dueAt = later(tx.database, delayMs);
  const common = { op: { ...row, delayMs: 0 }, leaseUntil: null, nextAt: dueAt };
  const before = tx.get(paymentOps, op.id);
  if (before) return { ...before, ...common, recheckAt: op.state === 'failed' && delayMs > 0 ? dueAt : null };
  const position = tx.next('payment_ops');
  return { ...common, paymentId, position, sends: 0, queries: 0, sentAt: null, recheckAt: null, trace };
}

/** The payments in memory. */
export function createMemoryPaymentStore(database: MemoryDatabase, hooks: StoreHooks): PaymentStore {
  return {
    change: (operation, key, decide) =>
      database.atomic(operation, (tx) => {
        const found = fileOf(tx, key);
        const { decision, result } = decide(found ? toAggregate(tx, found) : null, contextOf(operation, hooks.pspKeys));
        if (!decision) return result;
        writeDecision(tx, found, decision, { at: operation.at, trace: hooks.trace() });
        if (decision.ops.some(({ state }) => state === 'planned')) {
          tx.afterCommit(() => {
            hooks.onDue();
          });
        }
        return result;
      }),
    find: (key) =>
      database.read((reader) => {
        const found = fileOf(reader, key);
        return found ? toView(reader, found) : null;
      }),
    outstandingOf: (riderId) =>
      database.read((reader) =>
        readUnsettledPayments(reader)
          .filter(({ payment }) => payment.riderId === riderId && payment.outstanding > 0)
          .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
          .map(({ payment }) => ({
            tripId: payment.tripId,
            amount: money(payment.outstanding, payment.currency),
          })),
      ),
    async takeHeld(ageMs, limit) {
      const isHeld = ({ payment, askedAt }: PaymentFile): boolean =>
        payment.goal === 'hold' && askedAt <= later(database, -ageMs);
      const found = await database.read((reader) =>
        readUnsettledPayments(reader)
          .filter(isHeld)
          .toSorted((a, b) => a.askedAt.getTime() - b.askedAt.getTime())
          .slice(0, limit),
      );
      if (found.length === 0) return [];
      return database.transaction((tx) => {
        const held = found.flatMap(({ payment }) => tx.get(payments, payment.id) ?? []).filter(isHeld);
        for (const file of held) putPayment(tx, { ...file, askedAt: database.now() });
        return held.map(({ payment }) => ({ paymentId: payment.id, tripId: payment.tripId }));
      });
    },
  };
}
