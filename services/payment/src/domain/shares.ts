import type { Money } from '@rideshare/kernel';
import { currentPolicy, policyByVersion, splitFare, tariffByVersion } from '@rideshare/pricing';
import type { FareLine, FarePolicy } from '@rideshare/pricing';
import type { Payment, Shares } from './payment.ts';

/** What a trip costs and what that recomputes from: the policy itself, or the tariff whose city has one. */
export type Charge = {
  readonly total: Money;
  readonly lines: readonly FareLine[];
  readonly driverId: string | null;
} & ({ readonly policyVersion: string } | { readonly tariffVersion: string; readonly at: Date });

export const NO_SHARES: Shares = { driver: 0, bookingFee: 0 };

/** `amount * part / whole`, rounded down, without leaving the integers. */
function portion(amount: number, part: number, whole: number): number {
  return whole === 0 ? 0 : Number((BigInt(amount) * BigInt(part)) / BigInt(whole));
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

function difference(a: Shares, b: Shares): Shares {
  return { driver: a.driver - b.driver, bookingFee: a.bookingFee - b.bookingFee };
}

/**
 * What a capture of `amount` credits, given what was credited before.
 *
 * @remarks Counted from the running total, so that a fare taken in two parts is divided exactly as one taken whole.
 */
export function sharesOfCapture(payment: Payment, amount: number): Shares {
  const total = payment.captured + amount;
  if (total >= payment.goalAmount) return difference(payment.shares, payment.booked);
  const upTo: Shares = {
    driver: portion(total, payment.shares.driver, payment.goalAmount),
    bookingFee: portion(total, payment.shares.bookingFee, payment.goalAmount),
  };
  return difference(upTo, payment.booked);
}

/**
 * What a refund of `amount` takes back from those who were credited.
 *
 * @remarks The driver gives back in proportion, rounded in the driver's favour until the last unit. The platform gives
 * its commission first, then the booking fee. A refund of everything takes back exactly what was credited.
 */
export function sharesOfRefund(payment: Payment, amount: number): Shares {
  const total = payment.refunded + amount;
  const { booked, captured } = payment;
  // what was given back stays given back, even if more is captured between two refunds
  const driver = Math.max(portion(total, booked.driver, captured), payment.returned.driver);
  const commission = Math.max(captured - booked.driver - booked.bookingFee, 0);
  const bookingFee = clamp(total - driver - commission, payment.returned.bookingFee, booked.bookingFee);
  return difference({ driver, bookingFee }, payment.returned);
}

export function addShares(a: Shares, b: Shares): Shares {
  return { driver: a.driver + b.driver, bookingFee: a.bookingFee + b.bookingFee };
}

/**
 * Divides what a trip costs between driver and platform, by the policy in force.
 *
 * @throws `ASSERTION_FAILED` when the lines do not add up to the total, `POLICY_UNKNOWN`, `TARIFF_UNKNOWN`.
 */
export function sharesOfCharge(charge: Charge): Shares {
  const { total, lines, driverId } = charge;
  const split = splitFare(policyOf(charge), total, lines);
  const fees = lines.filter(({ kind }) => kind === 'booking_fee').reduce((sum, { amount }) => sum + amount.amount, 0);
  const driver = driverId === null ? 0 : split.driver.amount;
  return { driver, bookingFee: clamp(fees, 0, Math.max(total.amount - driver, 0)) };
}

function policyOf(charge: Charge): FarePolicy {
  return 'policyVersion' in charge
    ? policyByVersion(charge.policyVersion)
    : currentPolicy(tariffByVersion(charge.tariffVersion).cityId, charge.at);
}
