import { assert, money } from '@rideshare/kernel';
import type { Database, PgTransaction, Queryable } from '@rideshare/postgres';
import type { Aggregate, DecisionContext } from '../domain/payment.ts';
import type { PaymentKey, PaymentStore, PaymentView, PspKeys, Verdict } from '../usecases/ports.ts';
import { paymentValues, toAggregate } from './payment-rows.ts';
import type { PartsRow, PaymentRow } from './payment-rows.ts';
import { writeParts } from './write-decision.ts';

/** What the store is built from. */
export interface PaymentStoreOptions {
  readonly database: Database;
  readonly pspKeys: PspKeys;
  /** The trace that is being recorded. */
  readonly trace: () => Readonly<Record<string, string>>;
  /** Called once an operation that is due at once has been committed. */
  readonly onPlanned: () => void;
}

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

/** False when the trip has its payment already: somebody else was quicker. */
async function insertPayment(tx: Queryable, verdict: Verdict<unknown>, at: Date): Promise<boolean> {
  assert(verdict.decision !== null, 'only a decision is written');
  const { rowCount } = await tx.query(
    `insert into payments (${COLUMNS}, created_at) values (${PLACEHOLDERS}, $25) on conflict (trip_id) do nothing`,
    [...paymentValues(verdict.decision.payment), at],
    { name: 'payment_insert' },
  );
  return rowCount === 1;
}

async function updatePayment(tx: Queryable, before: Aggregate, verdict: Verdict<unknown>): Promise<void> {
  assert(verdict.decision !== null, 'only a decision is written');
  const { rowCount } = await tx.query(
    `update payments set (${COLUMNS}) = (${PLACEHOLDERS}), updated_at = clock_timestamp()
     where id = $1 and version = $25`,
    [...paymentValues(verdict.decision.payment), before.payment.version],
    { name: 'payment_update' },
  );
  assert(rowCount === 1, 'a locked payment keeps its version');
}

async function decideAndWrite<Result>(
  tx: PgTransaction,
  options: PaymentStoreOptions,
  change: {
    readonly key: PaymentKey;
    readonly at: Date;
    readonly context: DecisionContext;
    readonly decide: (found: Aggregate | null, context: DecisionContext) => Verdict<Result>;
  },
): Promise<Result> {
  const { key, at, context, decide } = change;
  let found = await lockPayment(tx, key);
  let verdict = decide(found, context);
  if (!found && verdict.decision && !(await insertPayment(tx, verdict, at))) {
    found = await lockPayment(tx, key);
    assert(found !== null, 'a payment is never removed');
    verdict = decide(found, context);
  }
  const { decision, result } = verdict;
  if (!decision) return result;
  if (found) await updatePayment(tx, found, verdict);
  await writeParts(tx, found, decision, { at, trace: options.trace() });
  if (decision.ops.some(({ state }) => state === 'planned')) tx.afterCommit(options.onPlanned);
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
export function createPaymentStore(options: PaymentStoreOptions): PaymentStore {
  const { database, pspKeys } = options;
  return {
    change: (operation, key, decide) =>
      database.atomic(operation, (tx) =>
        decideAndWrite(tx, options, {
          key,
          at: operation.at,
          context: {
            id: (name) => operation.id(name),
            pspKey: (paymentId, kind, attempt) => pspKeys.keyOf(paymentId, kind, attempt),
          },
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
