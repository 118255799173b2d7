import { AppError, assert } from './errors.ts';

/** An amount in minor units of an ISO 4217 currency; `amount` is always a safe integer. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/**
 * Builds a {@link Money}.
 *
 * @throws `MONEY_INVALID` when the amount is no safe integer or the currency is not three capital letters.
 */
export function money(amount: number, currency: string): Money {
  if (!Number.isSafeInteger(amount)) {
    throw new AppError('MONEY_INVALID', 'internal', 'a money amount is an integer of minor units');
  }
  if (!/^[A-Z]{3}$/.test(currency))
    throw new AppError('MONEY_INVALID', 'internal', 'a currency is three capital letters');
  // -0 would survive JSON as 0 and break equality with what was stored
  return { amount: amount === 0 ? 0 : amount, currency };
}

function sameCurrency(a: Money, b: Money): void {
  assert(a.currency === b.currency, `cannot combine ${a.currency} with ${b.currency}`);
}

/** `a + b`, in their one currency. */
export function addMoney(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amount + b.amount, a.currency);
}

/** `a - b`, in their one currency. */
export function subtractMoney(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amount - b.amount, a.currency);
}

/** The sum of `parts`; `currency` decides what an empty list adds up to. */
export function sumMoney(parts: readonly Money[], currency: string): Money {
  return parts.reduce(addMoney, money(0, currency));
}

/**
 * Splits `total` in proportion to `weights` without losing a minor unit.
 *
 * @remarks Largest-remainder method; equal remainders go to the earlier part, so the result is the same everywhere.
 * @throws `ASSERTION_FAILED` when the total or a weight is negative, or all weights are zero.
 */
export function splitMoney(total: Money, weights: readonly number[]): Money[] {
  assert(total.amount >= 0, 'only a non-negative amount can be split');
  assert(
    weights.length > 0 && weights.every((weight) => Number.isSafeInteger(weight) && weight >= 0),
    'weights are non-negative integers',
  );
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  assert(whole > 0n, 'at least one weight must be positive');
  const shares = weights.map((weight, index) => {
    const product = BigInt(total.amount) * BigInt(weight);
    return { index, floor: product / whole, remainder: product % whole };
  });
  const spread = BigInt(total.amount) - shares.reduce((sum, share) => sum + share.floor, 0n);
  const favoured = new Set(
    shares
      .toSorted((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
      .slice(0, Number(spread))
      .map((share) => share.index),
  );
  return shares.map((share) => money(Number(share.floor) + (favoured.has(share.index) ? 1 : 0), total.currency));
}
