import type { PgTransaction } from '@rideshare/postgres';
import type { Aggregate, Decision, Journal, Payment, PaymentOp } from '../domain/payment.ts';
import { publishDecision, traceOf } from './decision.ts';

/** When and in which trace a decision is written. */
export interface Writing {
  readonly at: Date;
  readonly trace: Readonly<Record<string, string>>;
}

/** Writes everything of a decision but the payment's own row, which goes first. */
export async function writeParts(
  tx: PgTransaction,
  before: Aggregate | null,
  decision: Decision,
  { at, trace }: Writing,
): Promise<void> {
  const { payment } = decision;
  await writeRefunds(tx, decision);
  await writeDebts(tx, decision);
  const known = new Set(before?.ops.map(({ id }) => id));
  for (const op of decision.ops) await (known.has(op.id) ? updateOp(tx, op) : insertOp(tx, payment, op, trace));
  for (const journal of decision.journals) await writeJournal(tx, payment, journal);
  publishDecision(tx, decision, at);
}

async function insertOp(tx: PgTransaction, payment: Payment, op: PaymentOp, trace: Writing['trace']): Promise<void> {
  await tx.query(
    `insert into payment_ops (id, payment_id, op, attempt, state, psp_key, amount, goal, method_id, target_ref, refund_id,
       reference, code, trace, next_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       $14, clock_timestamp() + $15 * interval '1 millisecond')`,
    [
      op.id,
      payment.id,
      op.kind,
      op.attempt,
      op.state,
      op.pspKey,
      op.amount,
      op.goal,
      op.methodId,
      op.targetRef,
      op.refundId,
      op.reference,
      op.code,
      JSON.stringify(traceOf(op, payment, trace)),
      op.delayMs,
    ],
    { name: 'payment_op_insert' },
  );
}

async function updateOp(tx: PgTransaction, op: PaymentOp): Promise<void> {
  await tx.query(
    `update payment_ops set state = $2, reference = $3, code = $4, lease_until = null,
       next_at = clock_timestamp() + $5 * interval '1 millisecond',
       recheck_at = case when $2 = 'failed' and $5 > 0 then clock_timestamp() + $5 * interval '1 millisecond' end
     where id = $1`,
    [op.id, op.state, op.reference, op.code, op.delayMs],
    { name: 'payment_op_update' },
  );
}

async function writeRefunds(tx: PgTransaction, { payment, refunds }: Decision): Promise<void> {
  for (const { id, amount, done, status, reason, requestedBy } of refunds) {
    await tx.query(
      `insert into refunds (id, payment_id, amount, done, status, reason, requested_by)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update set done = excluded.done, status = excluded.status`,
      [id, payment.id, amount, done, status, reason, requestedBy],
      { name: 'refund_put' },
    );
  }
}

async function writeDebts(tx: PgTransaction, { payment, debts }: Decision): Promise<void> {
  for (const { id, attempt, methodId, amount, state, code } of debts) {
    await tx.query(
      `insert into debt_payments (id, payment_id, attempt, method_id, amount, state, code)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update set state = excluded.state, code = excluded.code`,
      [id, payment.id, attempt, methodId, amount, state, code],
      { name: 'debt_put' },
    );
  }
}

async function writeJournal(tx: PgTransaction, payment: Payment, { id, opId, kind, lines }: Journal): Promise<void> {
  await tx.query(
    'insert into ledger_journals (id, op_id, payment_id, kind) values ($1, $2, $3, $4)',
    [id, opId, payment.id, kind],
    { name: 'ledger_journal_insert' },
  );
  await tx.query(
    `insert into ledger_entries (journal_id, line, account, amount, currency)
     select $1, line, account, amount, $4
     from unnest($2::text[], $3::bigint[]) with ordinality as entry (account, amount, line)`,
    [id, lines.map(({ account }) => account), lines.map(({ amount }) => amount), payment.currency],
    { name: 'ledger_entries_insert' },
  );
}
