import { money } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import { isUnresolved } from '../domain/payment.ts';
import type { LeasedOp, LeaseMode, OperationQueue } from '../usecases/ports.ts';
import { methodFileOf, opsOf, paymentOps, payments, putOp, readUnsettledOps } from './payment-tables.memory.ts';
import type { OpFile, PaymentFile } from './payment-tables.memory.ts';
import { hasCome, later } from './time.memory.ts';

interface Due {
  readonly file: OpFile;
  readonly mode: LeaseMode;
  readonly dueAt: Date;
}

const URGENCY: Readonly<Record<LeaseMode, number>> = { query: 1, send: 2, recheck: 3 };

/** Whether a planned operation has to wait: for those planned before it, and for the one under way. */
function isBlocked(siblings: readonly OpFile[], { position }: OpFile): boolean {
  return siblings.some(({ op, ...other }) => isUnresolved(op) || (op.state === 'planned' && other.position < position));
}

/** Why an operation is due now, whatever its siblings do; with `ofPayment` a planned one is, whatever its time. */
function modeOf({ op, nextAt, leaseUntil, recheckAt }: OpFile, now: Date, ofPayment: boolean): LeaseMode | null {
  if (op.state === 'planned' && (ofPayment || hasCome(nextAt, now))) return 'send';
  if (op.state === 'sent' && hasCome(leaseUntil, now)) return 'query';
  if (op.state === 'unknown' && hasCome(nextAt, now)) return 'query';
  return hasCome(recheckAt, now) ? 'recheck' : null;
}

function dueAtOf({ op, nextAt, leaseUntil, recheckAt }: OpFile, mode: LeaseMode): Date {
  if (mode === 'recheck') return recheckAt ?? nextAt;
  return op.state === 'sent' ? (leaseUntil ?? nextAt) : nextAt;
}

/** What is due, the most urgent first. */
function readDue(tx: MemoryTransaction, now: Date, paymentId: string | undefined): Due[] {
  const due = readUnsettledOps(tx).flatMap((file): Due[] => {
    if (paymentId !== undefined && file.paymentId !== paymentId) return [];
    const mode = modeOf(file, now, paymentId !== undefined);
    if (!mode || (mode === 'send' && isBlocked(siblingsOf(tx, file), file))) return [];
    return [{ file, mode, dueAt: dueAtOf(file, mode) }];
  });
  return due.toSorted((a, b) => URGENCY[a.mode] - URGENCY[b.mode] || a.dueAt.getTime() - b.dueAt.getTime());
}

function siblingsOf(tx: MemoryTransaction, { op, paymentId }: OpFile): OpFile[] {
  const payment = tx.get(payments, paymentId);
  return payment ? opsOf(tx, payment).filter((sibling) => sibling.op.id !== op.id) : [];
}

/** The operation as whoever has leased it leaves it. */
function leased({ file, mode }: Due, now: Date, leaseUntil: Date): OpFile {
  const { op, sends, queries, sentAt } = file;
  const state = mode === 'send' ? 'sent' : mode === 'query' ? 'unknown' : op.state;
  return {
    ...file,
    op: { ...op, state },
    sends: sends + (mode === 'send' ? 1 : 0),
    queries: queries + (mode === 'query' ? 1 : 0),
    sentAt: mode === 'send' ? now : sentAt,
    leaseUntil,
    nextAt: leaseUntil,
    recheckAt: mode === 'recheck' ? leaseUntil : null,
  };
}

function toLeased(tx: MemoryTransaction, file: OpFile, mode: LeaseMode, { payment }: PaymentFile): LeasedOp {
  const { op, sends, queries, sentAt, trace } = file;
  return {
    id: op.id,
    mode,
    kind: op.kind,
    attempt: op.attempt,
    paymentId: payment.id,
    tripId: payment.tripId,
    goal: payment.goal,
    pspKey: op.pspKey,
    amount: money(op.amount, payment.currency),
    targetRef: op.targetRef,
    token: methodFileOf(tx, payment.riderId, op.methodId)?.token ?? null,
    sends,
    queries,
    sinceSentMs: sentAt ? tx.database.now().getTime() - sentAt.getTime() : 0,
    trace,
  };
}

/** The operations in memory; their table is their queue. */
export function createMemoryOperationQueue(database: MemoryDatabase): OperationQueue {
  return {
    lease: ({ limit, leaseMs, paymentId }) =>
      database.transaction((tx) => {
        const now = database.now();
        const leaseUntil = later(database, leaseMs);
        const taken = readDue(tx, now, paymentId).slice(0, limit);
        return taken
          .toSorted((a, b) => a.file.position - b.file.position)
          .flatMap((due) => {
            const file = leased(due, now, leaseUntil);
            putOp(tx, file);
            const payment = tx.get(payments, file.paymentId);
            return payment ? [toLeased(tx, file, due.mode, payment)] : [];
          });
      }),
    resend: (opId, leaseMs) =>
      database.transaction((tx) => {
        const file = tx.get(paymentOps, opId);
        if (file?.op.state !== 'unknown') return false;
        putOp(tx, {
          ...file,
          op: { ...file.op, state: 'sent' },
          sends: file.sends + 1,
          sentAt: database.now(),
          leaseUntil: later(database, leaseMs),
        });
        return true;
      }),
    forget: (opId) =>
      database.transaction((tx) => {
        const file = tx.get(paymentOps, opId);
        if (file) putOp(tx, { ...file, recheckAt: null });
      }),
  };
}
