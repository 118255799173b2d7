import { findByQueries, findByQuery } from '../check.ts';
import type { Check } from '../check.ts';
import type { Look } from '../look.ts';

/** Longest a payment may take to settle once its gateway answers, by its own bounds. */
export const SETTLE_S = 90;

const sumOf = (...kinds: readonly string[]) =>
  `coalesce(sum(amount) filter (where state = 'done' and op in (${kinds.map((kind) => `'${kind}'`).join(', ')})), 0)`;

/** What the operations of each payment add up to. */
const operations = ({ among }: Look) => `
  (select payment_id, ${sumOf('hold', 'increment', 'debt_hold')} as held, ${sumOf('capture', 'debt_capture')} as captured,
     ${sumOf('refund')} as refunded,
     coalesce(sum(amount) filter (where op = 'refund' and state = 'failed' and code = 'FOUND_LATE'), 0) as found_late
   from payment.payment_ops where ${among('payments', 'payment_id')} group by payment_id)`;

/** Within the payment store: no more is taken than was promised. */
export const capturedWithinAuthorized: Check = {
  name: 'captured-within-authorized',
  rule: 15,
  title: 'captured ≤ authorized, for the row as for the operations that made it',
  lookAt: 'payment.payments and payment.payment_ops by payment_id',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payments where ${look.among('payments', 'id')}`,
      violations: `
        select 'payment ' || id as subject, 'authorized ' || authorized || ', captured ' || captured as detail, version::text as versions
        from payment.payments where not (0 <= captured and captured <= authorized) and ${look.among('payments', 'id')}
        union all
        select 'payment ' || payments.id, 'captured ' || payments.captured || ', its operations ' || coalesce(ops.captured, 0)
            || ' of ' || coalesce(ops.held, 0) || ' held', payments.version::text
        from payment.payments payments left join ${operations(look)} ops on ops.payment_id = payments.id
        where ${look.among('payments', 'payments.id')} and (payments.captured <> coalesce(ops.captured, 0)
          or payments.method_id is not null and coalesce(ops.captured, 0) > coalesce(ops.held, 0))`,
    }),
};

/** Within the payment store: no more goes back than was taken. */
export const refundedWithinCaptured: Check = {
  name: 'refunded-within-captured',
  rule: 16,
  title: 'refunded ≤ reserved for refunds ≤ captured, for the row as for the operations and refunds that made it',
  lookAt: 'payment.payments, payment.payment_ops and payment.refunds by payment_id',
  scope: 'store',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from payment.payments where refund_reserved > 0 and ${look.among('payments', 'id')}`,
        violations: `
          select 'payment ' || id as subject,
            'captured ' || captured || ', reserved ' || refund_reserved || ', refunded ' || refunded as detail, version::text as versions
          from payment.payments
          where not (0 <= refunded and refunded <= refund_reserved and refund_reserved <= captured) and ${look.among('payments', 'id')}
          union all
          select 'payment ' || payments.id, 'refunded ' || payments.refunded || ', its operations ' || coalesce(ops.refunded, 0),
            payments.version::text
          from payment.payments payments left join ${operations(look)} ops on ops.payment_id = payments.id
          where ${look.among('payments', 'payments.id')}
            and payments.refunded not between coalesce(ops.refunded, 0) and coalesce(ops.refunded + ops.found_late, 0)`,
      },
      {
        count: `select count(*) as count from payment.refunds where ${look.among('payments', 'payment_id')}`,
        violations: `
          select 'payment ' || payments.id as subject,
            'refunded ' || payments.refunded || ', its refunds ' || coalesce(sum(refunds.done), 0) as detail, payments.version::text as versions
          from payment.payments payments left join payment.refunds refunds on refunds.payment_id = payments.id
          where ${look.among('payments', 'payments.id')} group by payments.id, payments.refunded, payments.version
          having payments.refunded <> coalesce(sum(refunds.done), 0)`,
      },
    ]),
};

/** Within the payment store: a trip has one payment, and each of its operations succeeds once. */
export const capturedOnce: Check = {
  name: 'captured-once',
  rule: 17,
  title: 'a trip has one payment, and its money is taken once',
  lookAt: 'payment.payments by trip_id and payment.payment_ops by payment_id',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payments where ${look.among('payments', 'id')}`,
      violations: `
        select 'trip ' || trip_id as subject, 'has ' || count(*) || ' payments: ' || string_agg(id::text, ', ' order by id) as detail,
          count(*)::text as versions
        from payment.payments where ${look.among('trips', 'trip_id')} group by trip_id having count(*) > 1
        union all
        select 'payment ' || payment_id, op || ' succeeded ' || count(*) || ' times', count(*)::text
        from payment.payment_ops
        where state = 'done' and op in ('hold', 'capture', 'void', 'debt_capture') and ${look.among('payments', 'payment_id')}
        group by payment_id, op having count(*) > 1`,
    }),
};

/** Between payments and trips: money is taken only for a completed ride or a fee that the policy asks for. */
export const chargedForSomething: Check = {
  name: 'charged-for-something',
  rule: 8,
  title: 'nothing is charged but the total of a completed trip or the fee of a cancelled one',
  lookAt: 'payment.payments against trip.trips by trip_id',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payments where captured > 0 and ${look.among('payments', 'id')}`,
      violations: `
        select 'trip ' || payments.trip_id as subject,
          'payment ' || payments.id || ' captured ' || payments.captured || ', the trip is ' || coalesce(trips.status, 'unknown')
            || ' and owes ' || coalesce(trips.total_amount, trips.fee_amount, 0) as detail,
          payments.version || '/' || coalesce(trips.version, 0) as versions
        from payment.payments payments left join trip.trips trips on trips.id = payments.trip_id
        where payments.captured > 0 and ${look.among('payments', 'payments.id')}
          and payments.captured + payments.outstanding <> coalesce(trips.total_amount, trips.fee_amount, 0)`,
    }),
};

/** Between trips and payments: what a completed ride costs is paid, owed, or still in doubt at the gateway. */
export const rideIsSettled: Check = {
  name: 'ride-settled',
  rule: 23,
  title:
    'when a trip has ended its hold is captured or let go, what cannot be taken is owed, or the gateway is in doubt',
  lookAt: 'payment.payments and payment.payment_ops of the trip; the log lines of the payment service',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from trip.trips where due_at is null and ${look.among('trips', 'id')}`,
      violations: `
        select 'trip ' || trips.id as subject,
          'is ' || trips.status || ' since ' || ended_at || ', its payment is ' || coalesce(payments.status, 'absent') as detail,
          trips.version || '/' || coalesce(payments.version, 0) as versions
        from (select *, coalesce(completed_at, cancelled_at, expired_at) as ended_at from trip.trips
          where due_at is null and ${look.among('trips', 'id')}) trips
        left join payment.payments payments on payments.trip_id = trips.id
        where ended_at < clock_timestamp() - interval '${String(SETTLE_S)} seconds'
          and (coalesce(payments.status in ('pending', 'authorized'), false)
            or trips.total_amount > 0 and (payments.id is null
              or payments.status in ('voided', 'failed') and payments.outstanding = 0))`,
    }),
};
