import { money } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
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

function siblingsOf(reader: TableReader, { op, paymentId }: OpFile): OpFile[] {
  const payment = reader.get(payments, paymentId);
  return payment ? opsOf(reader, payment).filter((sibling) => sibling.op.id !== op.id) : [];
}

/** The operation, if it is due. */
function dueOf(reader: TableReader, file: OpFile, now: Date, ofPayment: boolean): Due[] {
  const mode = modeOf(file, now, ofPayment);
  if (!mode || (mode === 'send' && isBlocked(siblingsOf(reader, file), file))) return [];
  return [{ file, mode, dueAt: dueAtOf(file, mode) }];
}

/** What is due, the most urgent first. */
function readDue(reader: TableReader, now: Date, paymentId: string | undefined): Due[] {
  return readUnsettledOps(reader)
    .filter((file) => paymentId === undefined || file.paymentId === paymentId)
    .flatMap((file) => dueOf(reader, file, now, paymentId !== undefined))
    .toSorted((a, b) => URGENCY[a.mode] - URGENCY[b.mode] || a.dueAt.getTime() - b.dueAt.getTime());
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
    async lease({ limit, leaseMs, paymentId }) {
      // looked for outside the transaction, which then reads nothing but what it takes: others do not disturb it
      const found = await database.read((reader) => readDue(reader, database.now(), paymentId).slice(0, limit));
      if (found.length === 0) return [];
      return database.transaction((tx) => {
        const now = database.now();
        const leaseUntil = later(database, leaseMs);
        return found
          .flatMap(({ file: { op } }) => tx.get(paymentOps, op.id) ?? [])
          .flatMap((file) => dueOf(tx, file, now, paymentId !== undefined))
          .toSorted((a, b) => a.file.position - b.file.position)
          .flatMap((due) => {
            const file = leased(due, now, leaseUntil);
            putOp(tx, file);
            const payment = tx.get(payments, file.paymentId);
            return payment ? [toLeased(tx, file, due.mode, payment)] : [];
          });
      });
    },
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
