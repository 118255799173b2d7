import { assert, money, type Money } from '@rideshare/kernel';
import type { FarePolicy } from './policy.ts';
import { divideHalfUp } from './rounding.ts';
import type { Tariff, VehicleClass } from './tariff.ts';

/** The reason with which a driver cancels when the rider did not come. */
export const RIDER_NO_SHOW = 'rider_no_show';

/** The facts that a cancellation fee depends on. */
export interface Cancellation {
  readonly cancelledBy: 'rider' | 'driver' | 'system' | 'admin';
  /** Where the trip stood when it was cancelled. */
  readonly status: 'requested' | 'accepted' | 'arrived' | 'in_progress';
  readonly acceptedAt: Date | null;
  readonly arrivedAt: Date | null;
  /** When it was cancelled. */
  readonly at: Date;
  readonly reason: string;
}

/**
 * What cancelling a trip costs its rider.
 *
 * @remarks A rider pays after the free time that begins with the driver's acceptance, and for not coming to a driver who
 * has waited long enough; otherwise nobody pays anything. A no-show declared too early is a cancellation like any other by
 * the driver, and costs nothing.
 */
export function cancellationFee(policy: FarePolicy, cancellation: Cancellation): Money {
  const { freeS, feeMinor, noShowFeeMinor } = policy.cancellation;
  const { cancelledBy, status, acceptedAt, arrivedAt, at, reason } = cancellation;
  const waiting = status === 'accepted' || status === 'arrived';
  if (cancelledBy === 'rider' && waiting && acceptedAt && elapsedMs(acceptedAt, at) > freeS * 1_000) {
    return money(feeMinor, policy.currency);
  }
  const noShow = cancelledBy === 'driver' && reason === RIDER_NO_SHOW && status === 'arrived';
  if (noShow && isNoShowDue(policy, arrivedAt, at)) return money(noShowFeeMinor, policy.currency);
  return money(0, policy.currency);
}

/**
 * Whether a driver who arrived at `arrivedAt` has waited long enough by `at` for the rider to owe the no-show fee.
 *
 * @remarks Decides about the fee alone: who declares a no-show earlier than that still cancels the trip, free of charge.
 */
export function isNoShowDue(policy: FarePolicy, arrivedAt: Date | null, at: Date): boolean {
  return arrivedAt !== null && elapsedMs(arrivedAt, at) >= policy.cancellation.noShowAfterS * 1_000;
}

/** How long a driver waited, and at whose price. */
export interface Waiting {
  readonly tariff: Tariff;
  readonly vehicleClass: VehicleClass;
  readonly arrivedAt: Date;
  readonly startedAt: Date;
}

/**
 * What the waiting at the pickup costs: the part beyond the free time, by the whole second at the price of a minute,
 * rounded to a minor unit, halves up.
 */
export function waitingFee(policy: FarePolicy, { tariff, vehicleClass, arrivedAt, startedAt }: Waiting): Money {
  const waitedS = Math.floor(elapsedMs(arrivedAt, startedAt) / 1_000);
  const chargedS = Math.max(0, waitedS - policy.waiting.freeS);
  return money(divideHalfUp(chargedS * tariff.rates[vehicleClass].waitPerMinuteMinor, 60), tariff.currency);
}

function elapsedMs(from: Date, to: Date): number {
  const elapsed = to.getTime() - from.getTime();
  assert(!Number.isNaN(elapsed), 'a fee is worked out from valid times');
  return elapsed;
}
