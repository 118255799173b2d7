import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';

/** Longest a payment may take to settle once its gateway answers, by its own bounds. */
const SETTLE_S = 90;

/** Within the payment store: amounts keep their order, and money is taken once. */
export const capturedOnce: Check = {
  name: 'captured-once',
  rule: 8,
  title: 'refunded ≤ captured ≤ authorized, and a trip is captured once at most',
  lookAt: 'payment.payments and payment.payment_ops',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from payment.payments`,
      violations: `
        select 'payment ' || id as subject,
          'authorized ' || authorized || ', captured ' || captured || ', refunded ' || refunded as detail, version::text as versions
        from payment.payments where not (0 <= refunded and refunded <= refund_reserved and refund_reserved <= captured and captured <= authorized)
        union all
        select 'trip ' || trip_id, 'has ' || count(*) || ' payments', count(*)::text from payment.payments group by trip_id having count(*) > 1
        union all
        select 'payment ' || payment_id, op || ' succeeded ' || count(*) || ' times', count(*)::text
        from payment.payment_ops where state = 'done' and op in ('hold', 'capture', 'void', 'debt_capture')
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
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from payment.payments where captured > 0`,
      violations: `
        select 'payment ' || payments.id as subject,
          'captured ' || payments.captured || ' for trip ' || payments.trip_id || ', which is ' || coalesce(trips.status, 'unknown')
            || ' and owes ' || coalesce(trips.total_amount, trips.fee_amount, 0) as detail,
          payments.version || '/' || coalesce(trips.version, 0) as versions
        from payment.payments left join trip.trips trips on trips.id = payments.trip_id
        where payments.captured > 0
          and payments.captured is distinct from coalesce(trips.total_amount, trips.fee_amount, 0)
          and not (payments.captured + payments.outstanding = coalesce(trips.total_amount, trips.fee_amount, 0))`,
    }),
};

/** Between trips and payments: a completed ride is paid, owed, or still in doubt at the gateway. */
export const rideIsSettled: Check = {
  name: 'ride-settled',
  rule: 8,
  title: 'a completed trip is captured, owed by its rider, or unknown at the gateway',
  lookAt: 'payment.payments and payment.payment_ops of the trip; the resolver’s log lines',
  scope: 'across',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from trip.trips where status = 'completed'`,
      violations: `
        select 'trip ' || trips.id as subject,
          'was completed at ' || trips.completed_at || ', its payment is ' || coalesce(payments.status, 'absent') as detail,
          trips.version || '/' || coalesce(payments.version, 0) as versions
        from trip.trips trips left join payment.payments payments on payments.trip_id = trips.id
        where trips.status = 'completed' and trips.total_amount > 0
          and trips.completed_at < clock_timestamp() - interval '${String(SETTLE_S)} seconds'
          and (payments.id is null or (payments.status not in ('captured', 'partially_refunded', 'refunded', 'unknown') and payments.outstanding = 0))`,
    }),
};
