import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultWidening, wideningRadius } from './widening-radius.ts';

describe('wideningRadius', () => {
  test.each([
    [-3, 4_000],
    [0, 4_000],
    [9.99, 4_000],
    [10, 6_000],
    [45, 12_000],
    [80, 20_000],
    [120, 20_000],
    [Infinity, 20_000],
  ])('at an age of %d s, is %d m', (ageS, radiusM) => {
    expect(wideningRadius(ageS)).toBe(radiusM);
  });

  test('with age, never shrinks and never passes the largest', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 600, noNaN: true }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (ageS, more) => {
          expect(wideningRadius(ageS + more)).toBeGreaterThanOrEqual(wideningRadius(ageS));
          expect(wideningRadius(ageS)).toBeLessThanOrEqual(defaultWidening.maxM);
        },
      ),
    );
  });

  test('at an age that is no number, is refused', () => {
    expect(() => wideningRadius(NaN)).toThrow('age');
  });
});
