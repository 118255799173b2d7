import { assert, money, subtractMoney, type Money } from '@rideshare/kernel';
import { sumLines, type FareLine, type FareLineKind } from './fare-line.ts';
import type { FarePolicy } from './policy.ts';
import { divideHalfUp } from './rounding.ts';

/** Who gets what of a total. */
export interface FareSplit {
  readonly driver: Money;
  readonly platform: Money;
}

/**
 * How each line is divided: `shared` by the policy's share, `driver` all to the driver (a tip is a gift to them, a toll was
 * paid by them), `platform` all to the platform (its own fee, the tax it owes, the discount it gave).
 */
const PARTIES: Readonly<Record<FareLineKind, 'shared' | 'driver' | 'platform'>> = {
  base: 'shared',
  distance: 'shared',
  time: 'shared',
  surge: 'shared',
  wait: 'shared',
  adjustment: 'shared',
  cancellation_fee: 'shared',
  toll: 'driver',
  tip: 'driver',
  booking_fee: 'platform',
  discount: 'platform',
  tax: 'platform',
};

/**
 * Divides what a rider pays between driver and platform; the two always add up to `total`.
 *
 * @remarks The driver's share of the shared lines is taken once, of their sum, and rounded to a minor unit, halves up; the
 * platform gets the rest. That rest is negative when the platform gave a discount larger than its own part.
 * @throws `ASSERTION_FAILED` when the lines do not add up to `total`, or the shared ones are negative.
 */
export function splitFare(policy: FarePolicy, total: Money, lines: readonly FareLine[]): FareSplit {
  const { amount, currency } = sumLines(lines, total.currency);
  assert(amount === total.amount, 'the lines of a fare add up to its total');
  const of = (party: 'shared' | 'driver'): number =>
    lines.filter(({ kind }) => PARTIES[kind] === party).reduce((sum, line) => sum + line.amount.amount, 0);
  const share = divideHalfUp(of('shared') * policy.driverShareBasisPoints, 10_000);
  const driver = money(share + of('driver'), currency);
  return { driver, platform: subtractMoney(total, driver) };
}
