import { assert } from '@rideshare/kernel';

/**
 * `numerator / denominator` in whole minor units, halves up: the one rounding rule of this package.
 *
 * @remarks Integers all the way, so that the result is the same on every machine: `(n - n mod d) / d` has no remainder and
 * is exact wherever `n` is a safe integer, which a division of floats followed by `Math.round` is not.
 * @throws `ASSERTION_FAILED` for anything but a safe, non-negative numerator and a positive denominator.
 */
export function divideHalfUp(numerator: number, denominator: number): number {
  assert(Number.isSafeInteger(numerator) && numerator >= 0, 'a fare is worked out from non-negative safe integers');
  assert(Number.isSafeInteger(denominator) && denominator > 0, 'a fare is divided by positive integers');
  const remainder = numerator % denominator;
  const whole = (numerator - remainder) / denominator;
  return remainder >= denominator - remainder ? whole + 1 : whole;
}
