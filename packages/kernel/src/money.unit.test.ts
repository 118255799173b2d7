import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addMoney, money, splitMoney, subtractMoney, sumMoney } from './money.ts';

const amounts = fc.integer({ min: 0, max: 1_000_000_000 });
const weights = fc
  .array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 8 })
  .filter((list) => list.some((weight) => weight > 0));

describe('money', () => {
  it.each([[1.5], [Number.NaN], [Number.MAX_SAFE_INTEGER + 1]])('refuses %p as an amount', (amount) => {
    expect(() => money(amount, 'EUR')).toThrow(expect.objectContaining({ code: 'MONEY_INVALID' }));
  });

  it.each([['eur'], ['EURO'], ['']])('refuses %p as a currency', (currency) => {
    expect(() => money(1, currency)).toThrow(expect.objectContaining({ code: 'MONEY_INVALID' }));
  });

  it('has one zero', () => {
    expect(Object.is(money(-0, 'EUR').amount, 0)).toBe(true);
  });
});

describe('addMoney and subtractMoney', () => {
  it('undo each other', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const sum = addMoney(money(a, 'EUR'), money(b, 'EUR'));
        expect(subtractMoney(sum, money(b, 'EUR'))).toEqual(money(a, 'EUR'));
      }),
    );
  });

  it('refuse two currencies', () => {
    expect(() => addMoney(money(1, 'EUR'), money(1, 'USD'))).toThrow(
      expect.objectContaining({ code: 'ASSERTION_FAILED' }),
    );
  });
});

describe('splitMoney', () => {
  it('loses nothing and is off by less than one unit from the exact share', () => {
    fc.assert(
      fc.property(amounts, weights, (amount, list) => {
        const parts = splitMoney(money(amount, 'EUR'), list);
        expect(sumMoney(parts, 'EUR').amount).toBe(amount);
        const whole = list.reduce((sum, weight) => sum + weight, 0);
        parts.forEach((part, index) => {
          expect(Math.abs(part.amount - (amount * (list[index] ?? 0)) / whole)).toBeLessThan(1);
        });
      }),
    );
  });

  it('gives what remains to the largest remainder, and to the earlier part when they are equal', () => {
    expect(splitMoney(money(100, 'EUR'), [1, 1, 1]).map(({ amount }) => amount)).toEqual([34, 33, 33]);
    expect(splitMoney(money(100, 'EUR'), [1, 2]).map(({ amount }) => amount)).toEqual([33, 67]);
  });

  it.each([[[]], [[0, 0]], [[-1, 2]], [[0.5, 1]]])('refuses the weights %p', (list) => {
    expect(() => splitMoney(money(100, 'EUR'), list)).toThrow(expect.objectContaining({ code: 'ASSERTION_FAILED' }));
  });
});
