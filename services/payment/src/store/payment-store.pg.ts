import { AppError, assert, money } from '@rideshare/kernel';
import type { Database, PgTransaction, Queryable } from '@rideshare/postgres';
import type { Aggregate, Decision, DecisionContext } from '../domain/payment.ts';
import type { PaymentKey, PaymentStore, PaymentView, StoreHooks, Verdict } from '../usecases/ports.ts';
import { contextOf } from './decision.ts';
import { paymentValues, toAggregate } from './payment-rows.ts';
import type { PartsRow, PaymentRow } from './payment-rows.ts';
import { writeParts } from './write-decision.ts';

const COLUMNS = `id, trip_id, rider_id, driver_id, kind, method_id, status, goal, currency, goal_amount, authorized,
  captured, refund_reserved, refunded, outstanding, share_driver, share_booking_fee, booked_driver, booked_booking_fee,
  returned_driver, returned_booking_fee, version, cause_id, trace`;

const LOCKS = {
  tripId: 'trip_id = $1',
  paymentId: 'id = $1',
  opId: 'id = (select o.payment_id from payment_ops o where o.id = $1)',
} as const;

// a statement of its own: what it reads must be younger than the lock
const PARTS = `
  select
    coalesce((select jsonb_agg(to_jsonb(o) order by o.position) from payment_ops o where o.payment_id = $1), '[]') as ops,
    coalesce((select jsonb_agg(to_jsonb(r) order by r.created_at) from refunds r where r.payment_id = $1), '[]') as refunds,
    coalesce((select jsonb_agg(to_jsonb(d) order by d.attempt) from debt_payments d where d.payment_id = $1), '[]') as debts`;

function keyOf(key: PaymentKey): { readonly name: keyof typeof LOCKS; readonly value: string } {
  if ('tripId' in key) return { name: 'tripId', value: key.tripId };
  if ('paymentId' in key) return { name: 'paymentId', value: key.paymentId };
  return { name: 'opId', value: key.opId };
}

/** Locks the payment for the rest of the transaction: decisions about one payment come one after another. */
async function lockPayment(tx: Queryable, key: PaymentKey): Promise<Aggregate | null> {
  const { name, value } = keyOf(key);
  const { rows } = await tx.query<PaymentRow>(
    `select ${COLUMNS} from payments where ${LOCKS[name]} for update`,
    [value],
    { name: `payment_lock_${name}` },
  );
  const [row] = rows;
  if (!row) return null;
  const parts = await tx.query<PartsRow>(PARTS, [row.id], { name: 'payment_parts' });
  return toAggregate(row, parts.rows[0]);
}

const PLACEHOLDERS = Array.from({ length: 24 }, (_, index) => `$${String(index + 1)}`).join(', ');

/** False when the trip has its payment already: somebody else was quicker, or another try of the same operation. */
async function insertPayment(tx: Queryable, { payment }: Decision, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into payments (${COLUMNS}, created_at) values (${PLACEHOLDERS}, $25) on conflict do nothing`,
    [...paymentValues(payment), at],
    { name: 'payment_insert' },
  );
  return rowCount === 1;
}

async function updatePayment(tx: Queryable, before: Aggregate, { payment }: Decision): Promise<void> {
  const { rowCount } = await tx.query(
    `update payments set (${COLUMNS}) = (${PLACEHOLDERS}), updated_at = clock_timestamp()
     where id = $1 and version = $25`,
    [...paymentValues(payment), before.payment.version],
    { name: 'payment_update' },
  );
  assert(rowCount === 1, 'a locked payment keeps its version');
}

/**
 * False when an operation that is about to be changed is no longer planned: it was leased, without the payment's lock,
 * after it was read. Whoever has leased it sends it, so it must not be written down as cancelled.
 */
async function holdPlanned(tx: Queryable, before: Aggregate, { ops }: Decision): Promise<boolean> {
  const changed = new Set(ops.map(({ id }) => id));
  const planned = before.ops.filter(({ id, state }) => state === 'planned' && changed.has(id)).map(({ id }) => id);
  if (planned.length === 0) return true;
  const { rowCount } = await tx.query(
    `select from payment_ops where id = any ($1::uuid[]) and state = 'planned' for update`,
    [planned],
    { name: 'payment_ops_hold_planned' },
  );
  return rowCount === planned.length;
}

// another's payment, then another's lease of each operation there can be at a time; more often nothing is decided again
const DECISIONS_MAX = 4;

interface Change<Result> {
  readonly key: PaymentKey;
  readonly at: Date;
  readonly context: DecisionContext;
  readonly decide: (found: Aggregate | null, context: DecisionContext) => Verdict<Result>;
}

/** Decides about the payment as it is, and holds everything that the decision is going to change. */
async function decideUnderLock<Result>(tx: PgTransaction, { key, at, context, decide }: Change<Result>) {
  for (let taken = 0; taken < DECISIONS_MAX; taken += 1) {
    const found = await lockPayment(tx, key);
    const verdict = decide(found, context);
    const { decision } = verdict;
    const holds = !decision || (await (found ? holdPlanned(tx, found, decision) : insertPayment(tx, decision, at)));
    if (holds) return { found, verdict };
  }
  throw new AppError('ASSERTION_FAILED', 'internal', 'a locked payment comes to rest');
}

async function decideAndWrite<Result>(tx: PgTransaction, hooks: StoreHooks, change: Change<Result>): Promise<Result> {
  const { found, verdict } = await decideUnderLock(tx, change);
  const { decision, result } = verdict;
  if (!decision) return result;
  if (found) await updatePayment(tx, found, decision);
  await writeParts(tx, found, decision, { at: change.at, trace: hooks.trace() });
  if (decision.ops.some(({ state }) => state === 'planned')) {
    tx.afterCommit(() => {
      hooks.onDue();
    });
  }
  return result;
}

interface ViewRow {
  readonly id: string;
  readonly trip_id: string;
  readonly rider_id: string;
  readonly status: PaymentView['status'];
  readonly currency: string;
  readonly goal_amount: number;
  readonly captured: number;
  readonly refunded: number;
  readonly method_id: string | null;
  readonly last4: string | null;
}

function toView(row: ViewRow): PaymentView {
  return {
    id: row.id,
    tripId: row.trip_id,
    riderId: row.rider_id,
    status: row.status,
    amount: money(row.goal_amount, row.currency),
    captured: money(row.captured, row.currency),
    refunded: money(row.refunded, row.currency),
    methodId: row.method_id,
    last4: row.last4,
  };
}

/** The payments in PostgreSQL. */
export function createPgPaymentStore(database: Database, hooks: StoreHooks): PaymentStore {
  return {
    change: (operation, key, decide) =>
      database.atomic(operation, (tx) =>
        decideAndWrite(tx, hooks, {
          key,
          at: operation.at,
          context: contextOf(operation, hooks.pspKeys),
          decide,
        }),
      ),
    async find(key) {
      const { name, value } = keyOf(key);
      const { rows } = await database.query<ViewRow>(
        `select p.id, p.trip_id, p.rider_id, p.status, p.currency, p.goal_amount, p.captured, p.refunded, p.method_id,
           m.last4
         from payments p left join payment_methods m on m.id = p.method_id and m.rider_id = p.rider_id
         where p.${LOCKS[name]}`,
        [value],
        { name: `payment_find_${name}` },
      );
      return rows[0] ? toView(rows[0]) : null;
    },
    async outstandingOf(riderId) {
      const { rows } = await database.query<{ trip_id: string; outstanding: number; currency: string }>(
        'select trip_id, outstanding, currency from payments where rider_id = $1 and outstanding > 0 order by created_at',
        [riderId],
        { name: 'payment_outstanding' },
      );
      return rows.map((row) => ({ tripId: row.trip_id, amount: money(row.outstanding, row.currency) }));
    },
    async takeHeld(ageMs, limit) {
      const { rows } = await database.query<{ id: string; trip_id: string }>(
        `update payments set asked_at = clock_timestamp()
         where id in (
           select id from payments
           where goal = 'hold' and asked_at <= clock_timestamp() - $1 * interval '1 millisecond'
           order by asked_at limit $2 for update skip locked
         )
         returning id, trip_id`,
        [ageMs, limit],
        { name: 'payment_take_held' },
      );
      return rows.map((row) => ({ paymentId: row.id, tripId: row.trip_id }));
    },
  };
}
