import { describe, expect, test } from '@jest/globals';
import { money } from '@rideshare/kernel';
import fc from 'fast-check';
import { sumLines, type FareLine, type FareLineKind } from './fare-line.ts';
import { policyByVersion } from './find-policy.ts';
import { tariffByVersion } from './find-tariff.ts';
import { quoteFare } from './quote-fare.ts';
import { splitFare } from './split-fare.ts';

const policy = policyByVersion('porto.policy.v1');
const line = (kind: FareLineKind, amount: number): FareLine => ({ kind, amount: money(amount, 'EUR') });
const split = (lines: readonly FareLine[]): [number, number] => {
  const { driver, platform } = splitFare(policy, sumLines(lines, 'EUR'), lines);
  return [driver.amount, platform.amount];
};

describe('splitFare', () => {
  test('of a quoted fare, gives the driver 80 % of it without the booking fee', () => {
    const { fare, breakdown } = quoteFare(tariffByVersion('porto.tariff.v1'), {
      distanceM: 5_432,
      durationS: 611,
      vehicleClass: 'economy',
      surgeBasisPoints: 10_000,
    });
    // 80 % of 541 is 432.8
    expect(splitFare(policy, fare, breakdown)).toStrictEqual({
      driver: money(433, 'EUR'),
      platform: money(158, 'EUR'),
    });
  });

  test.each([
    ['a no-show', [line('cancellation_fee', 400)], [320, 80]],
    ['a late cancellation', [line('cancellation_fee', 250)], [200, 50]],
    ['waiting', [line('base', 100), line('wait', 20)], [96, 24]],
    ['a tip and a toll', [line('base', 100), line('tip', 200), line('toll', 165)], [445, 20]],
    ['tax', [line('base', 100), line('tax', 6)], [80, 26]],
    ['a discount', [line('base', 1_000), line('discount', -300)], [800, -100]],
    ['nothing', [], [0, 0]],
  ] as const)('of %s, divides each line as its kind says', (_what, lines, expected) => {
    expect(split(lines)).toStrictEqual(expected);
  });

  test('of any lines, loses and makes no cent', () => {
    const kinds = fc.constantFrom<FareLineKind>(
      'base',
      'distance',
      'time',
      'surge',
      'booking_fee',
      'wait',
      'toll',
      'tip',
    );
    const lines = fc.array(
      fc.tuple(kinds, fc.nat({ max: 1_000_000 })).map(([kind, amount]) => line(kind, amount)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, (parts) => {
        const [driver, platform] = split(parts);
        expect(driver + platform).toBe(sumLines(parts, 'EUR').amount);
        expect(driver).toBeGreaterThanOrEqual(0);
        expect(platform).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('of lines that do not add up to the total, is refused', () => {
    expect(() => splitFare(policy, money(99, 'EUR'), [line('base', 100)])).toThrow('add up');
  });

  test('of lines in another currency, is refused', () => {
    expect(() => splitFare(policy, money(100, 'USD'), [line('base', 100)])).toThrow('cannot combine');
  });
});
