import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { divideHalfUp } from './rounding.ts';

describe('divideHalfUp', () => {
  test.each([
    [0, 7, 0],
    [1, 3, 0],
    [1, 2, 1],
    [3, 2, 2],
    [499, 1_000, 0],
    [500, 1_000, 1],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 1],
  ])('of %d by %d, is %d', (numerator, denominator, expected) => {
    expect(divideHalfUp(numerator, denominator)).toBe(expected);
  });

  test('of any safe integers, equals the same rule in unbounded integers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (numerator, denominator) => {
        const [n, d] = [BigInt(numerator), BigInt(denominator)];
        expect(BigInt(divideHalfUp(numerator, denominator))).toBe((2n * n + d) / (2n * d));
      }),
    );
  });

  test.each([
    [-1, 2],
    [0.5, 2],
    [2 ** 53, 2],
    [NaN, 2],
    [1, 0],
    [1, -2],
    [1, 0.5],
  ])('of %d by %d, is refused', (numerator, denominator) => {
    expect(() => divideHalfUp(numerator, denominator)).toThrow('integers');
  });
});
