import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sumLines, type FareLine } from './fare-line.ts';
import { tariffByVersion } from './find-tariff.ts';
import { NO_SURGE_BASIS_POINTS, quoteFare, type FareInputs } from './quote-fare.ts';
import { vehicleClasses } from './tariff.ts';

const tariff = tariffByVersion('porto.tariff.v1');
const economy = (inputs: Partial<FareInputs>): FareInputs => ({
  distanceM: 5_000,
  durationS: 600,
  vehicleClass: 'economy',
  surgeBasisPoints: NO_SURGE_BASIS_POINTS,
  ...inputs,
});
const anyInputs = fc.record({
  distanceM: fc.nat({ max: 200_000 }),
  durationS: fc.nat({ max: 50_000 }),
  vehicleClass: fc.constantFrom(...vehicleClasses),
  surgeBasisPoints: fc.integer({ min: 10_000, max: 50_000 }),
});
const shown = (lines: readonly FareLine[]): [string, number][] =>
  lines.map(({ kind, amount }) => [kind, amount.amount]);

describe('quoteFare', () => {
  test('without surge, adds base, distance, time and booking fee', () => {
    const quote = quoteFare(tariff, economy({ distanceM: 5_432, durationS: 611 }));
    // 5.432 km at 0.55 = 2.9876; 611 s at 0.12 a minute = 1.222
    expect(shown(quote.breakdown)).toStrictEqual([
      ['base', 120],
      ['distance', 299],
      ['time', 122],
      ['booking_fee', 50],
    ]);
    expect(quote).toMatchObject({ tariffVersion: 'porto.tariff.v1', fare: { amount: 591, currency: 'EUR' } });
  });

  test('with lines that are no whole cents, rounds each by itself, a half up', () => {
    // 100 m at 0.75 a kilometre are 7.5 cents, 182 s at 0.16 a minute are 48.53
    const quote = quoteFare(tariff, economy({ distanceM: 100, durationS: 182, vehicleClass: 'comfort' }));
    expect(shown(quote.breakdown)).toContainEqual(['distance', 8]);
    expect(shown(quote.breakdown)).toContainEqual(['time', 49]);
  });

  test('with surge, adds its part of base, distance and time, but not of the booking fee', () => {
    const quote = quoteFare(tariff, economy({ surgeBasisPoints: 15_000 }));
    // (120 + 275 + 120) / 2 = 257.5
    expect(shown(quote.breakdown)).toStrictEqual([
      ['base', 120],
      ['distance', 275],
      ['time', 120],
      ['surge', 258],
      ['booking_fee', 50],
    ]);
  });

  test('for a very short ride, adds what is missing to the minimum fare', () => {
    const quote = quoteFare(tariff, economy({ distanceM: 300, durationS: 60 }));
    expect(shown(quote.breakdown)).toStrictEqual([
      ['base', 120],
      ['distance', 17],
      ['time', 12],
      ['booking_fee', 50],
      ['adjustment', 151],
    ]);
    expect(quote.fare.amount).toBe(350);
  });

  test('for any ride, has lines that sum to the fare, none of them negative or fractional', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { fare, breakdown } = quoteFare(tariff, inputs);
        expect(sumLines(breakdown, 'EUR')).toStrictEqual(fare);
        for (const { amount } of breakdown) {
          expect(Number.isSafeInteger(amount.amount) && amount.amount >= 0).toBe(true);
          expect(amount.currency).toBe('EUR');
        }
      }),
    );
  });

  test('for any ride, is never below the minimum fare', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        expect(quoteFare(tariff, inputs).fare.amount).toBeGreaterThanOrEqual(
          tariff.rates[inputs.vehicleClass].minimumFareMinor,
        );
      }),
    );
  });

  test.each(['distanceM', 'durationS', 'surgeBasisPoints'] as const)('with more %s, is never cheaper', (input) => {
    fc.assert(
      fc.property(anyInputs, fc.nat({ max: 5_000 }), (inputs, more) => {
        const dearer = quoteFare(tariff, { ...inputs, [input]: inputs[input] + more });
        expect(dearer.fare.amount).toBeGreaterThanOrEqual(quoteFare(tariff, inputs).fare.amount);
      }),
    );
  });

  test('from the inputs read back from JSON, recomputes the same bytes', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const quote = quoteFare(tariff, inputs);
        const again = quoteFare(
          tariffByVersion(quote.tariffVersion),
          JSON.parse(JSON.stringify(inputs)) as typeof inputs,
        );
        expect(JSON.stringify(again)).toBe(JSON.stringify(quote));
      }),
    );
  });

  test.each([
    ['a fraction of a metre', { distanceM: 0.5 }],
    ['a negative duration', { durationS: -1 }],
    ['a surge below one', { surgeBasisPoints: 9_999 }],
    ['a surge that is no integer', { surgeBasisPoints: 12_000.5 }],
  ])('for %s, is refused', (_what, inputs) => {
    expect(() => quoteFare(tariff, economy(inputs))).toThrow(expect.objectContaining({ code: 'ASSERTION_FAILED' }));
  });
});
