import { assert } from '@rideshare/kernel';
import { defineTable } from '@rideshare/memory';
import type { MemoryTable, MemoryTransaction, TableReader } from '@rideshare/memory';
import { isUnresolved } from '../domain/payment.ts';
import type { DebtPayment, Journal, Payment, PaymentOp, Refund } from '../domain/payment.ts';
import type { PaymentMethod } from '../usecases/ports.ts';
import { wallJournal, wallOp, wallPayment } from './payment-walls.memory.ts';

/** A payment with everything below it but its operations, which are leased one by one. */
export interface PaymentFile {
  readonly payment: Payment;
  readonly refunds: readonly Refund[];
  readonly debts: readonly DebtPayment[];
  /** In the order of planning. */
  readonly opIds: readonly string[];
  readonly createdAt: Date;
  /** When the trip was last asked whether it is still going on. */
  readonly askedAt: Date;
}

/** An operation, and how far it is on its way. */
export interface OpFile {
  readonly op: PaymentOp;
  readonly paymentId: string;
  readonly position: number;
  readonly sends: number;
  readonly queries: number;
  readonly sentAt: Date | null;
  readonly nextAt: Date;
  readonly leaseUntil: Date | null;
  readonly recheckAt: Date | null;
  readonly trace: Readonly<Record<string, string>>;
}

/** What is kept of a payment method; its token is forgotten when it is removed. */
export interface MethodFile {
  readonly method: PaymentMethod;
  readonly token: string | null;
  readonly deletedAt: Date | null;
}

/** A journal as it was booked. */
export interface JournalFile extends Journal {
  readonly paymentId: string;
  readonly currency: string;
}

export const payments = defineTable<PaymentFile>('payments');
export const paymentOps = defineTable<OpFile>('payment_ops');
export const paymentMethods = defineTable<MethodFile>('payment_methods');
export const webhookEvents = defineTable<{ readonly name: string; readonly receivedAt: Date }>('webhook_events');
export const ledgerJournals = defineTable<JournalFile>('ledger_journals');

// the indexes: what is looked for is found without reading what is long over
const paymentOfTrip = defineTable<{ readonly paymentId: string }>('payments_by_trip');
const opOfPspKey = defineTable<{ readonly opId: string }>('payment_ops_by_psp_key');
const journalOfOp = defineTable<{ readonly journalId: string }>('ledger_journals_by_op');
const unsettledPayments = defineTable<{ readonly paymentId: string }>('payments_unsettled');
const unsettledOps = defineTable<{ readonly opId: string }>('payment_ops_unsettled');
const methodsOfRider = defineTable<{ readonly methodIds: readonly string[] }>('payment_methods_by_rider');

/** Whether money is on its way: neither captured, voided nor failed. */
export function isActive({ status }: Payment): boolean {
  return status === 'pending' || status === 'authorized' || status === 'unknown';
}

function isUnsettled({ payment, debts }: PaymentFile): boolean {
  const { goal, outstanding } = payment;
  return isActive(payment) || goal === 'hold' || outstanding > 0 || debts.some(({ state }) => state === 'open');
}

function note<Row extends object>(tx: MemoryTransaction, table: MemoryTable<Row>, key: string, row: Row | null): void {
  // an entry that stays as it is must not get into the way of those who read the index
  if (!row) tx.remove(table, key);
  else if (!tx.get(table, key)) tx.put(table, key, row);
}

export function paymentIdOfTrip(reader: TableReader, tripId: string): string | undefined {
  return reader.get(paymentOfTrip, tripId)?.paymentId;
}

/** Payments that are on their way, owed, or held for a trip that goes on. */
export function readUnsettledPayments(reader: TableReader): PaymentFile[] {
  return reader.all(unsettledPayments).flatMap(({ paymentId }) => reader.get(payments, paymentId) ?? []);
}

/** Writes a payment, and refuses what the tables of a real engine would refuse. */
export function putPayment(tx: MemoryTransaction, file: PaymentFile): void {
  const { id: paymentId, tripId } = file.payment;
  wallPayment(tx.get(payments, paymentId), file);
  tx.put(payments, paymentId, file);
  note(tx, paymentOfTrip, tripId, { paymentId });
  note(tx, unsettledPayments, paymentId, isUnsettled(file) ? { paymentId } : null);
}

export function opsOf(reader: TableReader, { opIds }: PaymentFile): OpFile[] {
  return opIds.flatMap((opId) => reader.get(paymentOps, opId) ?? []);
}

export function opByPspKey(reader: TableReader, pspKey: string): OpFile | undefined {
  const opId = reader.get(opOfPspKey, pspKey)?.opId;
  return opId === undefined ? undefined : reader.get(paymentOps, opId);
}

/** Operations that are planned, under way, in doubt, or to be asked about once more. */
export function readUnsettledOps(reader: TableReader): OpFile[] {
  return reader.all(unsettledOps).flatMap(({ opId }) => reader.get(paymentOps, opId) ?? []);
}

/** Writes an operation of a payment that is there, and refuses what the tables of a real engine would refuse. */
export function putOp(tx: MemoryTransaction, file: OpFile): void {
  const { op, paymentId, recheckAt } = file;
  const payment = tx.get(payments, paymentId);
  assert(payment !== undefined, 'an operation belongs to a payment');
  const siblings = opsOf(tx, payment).filter((sibling) => sibling.op.id !== op.id);
  wallOp(op, siblings, opByPspKey(tx, op.pspKey));
  tx.put(paymentOps, op.id, file);
  note(tx, opOfPspKey, op.pspKey, { opId: op.id });
  const isOpen = op.state === 'planned' || isUnresolved(op) || recheckAt !== null;
  note(tx, unsettledOps, op.id, isOpen ? { opId: op.id } : null);
}

/** Books a journal, for good. */
export function putJournal(tx: MemoryTransaction, journal: JournalFile): void {
  wallJournal(journal, tx.get(journalOfOp, journal.opId) !== undefined);
  tx.put(ledgerJournals, journal.id, journal);
  tx.put(journalOfOp, journal.opId, { journalId: journal.id });
}

export function methodFilesOf(reader: TableReader, riderId: string): MethodFile[] {
  const { methodIds } = reader.get(methodsOfRider, riderId) ?? { methodIds: [] };
  return methodIds.flatMap((methodId) => reader.get(paymentMethods, methodId) ?? []);
}

/** The method that a payment of this rider names, removed or not; `undefined` where it is another's. */
export function methodFileOf(reader: TableReader, riderId: string, methodId: string | null): MethodFile | undefined {
  const file = methodId === null ? undefined : reader.get(paymentMethods, methodId);
  return file?.method.riderId === riderId ? file : undefined;
}

export function putMethod(tx: MemoryTransaction, file: MethodFile): void {
  const { id, riderId } = file.method;
  const { methodIds } = tx.get(methodsOfRider, riderId) ?? { methodIds: [] };
  tx.put(paymentMethods, id, file);
  if (!methodIds.includes(id)) tx.put(methodsOfRider, riderId, { methodIds: [...methodIds, id] });
}
