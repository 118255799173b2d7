import { currentPolicy, policyByVersion, splitFare, tariffByVersion } from '@rideshare/pricing';
import type { FareLine, FarePolicy } from '@rideshare/pricing';
import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';
import type { PaymentShares, TripFile, TripRow } from '../trip-rows.ts';
import { namingUnknownRules } from './fares.ts';

interface Charge {
  readonly amount: number;
  readonly lines: readonly FareLine[];
  readonly policy: FarePolicy;
}

/** What the trip costs its rider, and by which policy that is divided; none while it costs nothing. */
function chargeOf(row: TripRow): Charge | undefined {
  const { completed_at: completedAt, currency, fee_amount: fee, lines, total_amount: total } = row;
  if (completedAt !== null && lines !== null && total !== null) {
    const policy = currentPolicy(tariffByVersion(row.tariff_version).cityId, new Date(completedAt));
    return { amount: total, lines, policy };
  }
  if (fee === null || fee === 0) return undefined;
  const line: FareLine = { kind: 'cancellation_fee', amount: { amount: fee, currency } };
  return { amount: fee, lines: [line], policy: policyByVersion(row.policy_version) };
}

function divisionProblems({ payment, row }: { readonly payment: PaymentShares; readonly row: TripRow }): string[] {
  const charge = chargeOf(row);
  if (!charge || payment.goal !== 'capture') return [];
  const { amount, lines, policy } = charge;
  const split = splitFare(policy, { amount, currency: row.currency }, lines);
  const driver = payment.driver_id === null ? 0 : split.driver.amount;
  const fees = lines.filter(({ kind }) => kind === 'booking_fee').reduce((sum, line) => sum + line.amount.amount, 0);
  const bookingFee = Math.min(Math.max(fees, 0), Math.max(amount - driver, 0));
  const wanted = { goal_amount: amount, share_driver: driver, share_booking_fee: bookingFee };
  return Object.entries(wanted)
    .filter(([column, value]) => payment[column as keyof typeof wanted] !== value)
    .map(
      ([column, value]) =>
        `the ${column} of its payment is ${String(payment[column as keyof typeof wanted])}, by its lines it is ${String(value)}`,
    );
}

/** Payments that divide a trip's total otherwise than its lines and its policy do. */
export function shareProblems({ payment, row }: Pick<TripFile, 'payment' | 'row'>): string[] {
  return payment ? namingUnknownRules(divisionProblems, { payment, row }) : [];
}

/** Within the payment store: every minor unit of a payment is credited to somebody, as the payment's columns say. */
export const ledgerDividesPayments: Check = {
  name: 'ledger-divides-payments',
  rule: 18,
  title: 'what a rider has paid is the driver’s part, the booking fee and the commission, to the last minor unit',
  lookAt: 'payment.ledger_entries by payment_id against booked_ and returned_ of payment.payments',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payments where captured > 0 and ${look.among('payments', 'id')}`,
      violations: `
        with credited as (
          select journals.payment_id,
            -coalesce(sum(entries.amount) filter (where entries.account ~ '^driver:.*:payable$'), 0) as driver,
            -coalesce(sum(entries.amount) filter (where entries.account = 'platform:booking_fees'), 0) as booking_fee,
            -coalesce(sum(entries.amount) filter (where entries.account = 'platform:commission'), 0) as commission
          from payment.ledger_journals journals
          join payment.ledger_entries entries on entries.journal_id = journals.id
          where ${look.among('payments', 'journals.payment_id')} group by journals.payment_id
        ), wanted as (
          select id, version, booked_driver - returned_driver as driver, booked_booking_fee - returned_booking_fee as booking_fee,
            (captured - booked_driver - booked_booking_fee) - (refunded - returned_driver - returned_booking_fee) as commission
          from payment.payments where captured > 0 and ${look.among('payments', 'id')}
        )
        select 'payment ' || wanted.id as subject,
          'is divided into driver ' || wanted.driver || ', booking fee ' || wanted.booking_fee || ', commission ' || wanted.commission
            || ', the ledger says ' || coalesce(credited.driver, 0) || ', ' || coalesce(credited.booking_fee, 0) || ', '
            || coalesce(credited.commission, 0) as detail,
          wanted.version::text as versions
        from wanted left join credited on credited.payment_id = wanted.id
        where (wanted.driver, wanted.booking_fee, wanted.commission)
          is distinct from (coalesce(credited.driver, 0), coalesce(credited.booking_fee, 0), coalesce(credited.commission, 0))`,
    }),
};
