import { sumMoney, type Money } from '@rideshare/kernel';

/** What a line of a fare or a receipt is for. */
export type FareLineKind =
  | 'base'
  | 'distance'
  | 'time'
  | 'surge'
  | 'booking_fee'
  | 'wait'
  | 'toll'
  | 'tip'
  | 'discount'
  | 'tax'
  | 'cancellation_fee'
  | 'adjustment';

/** One named part of a fare or a receipt. */
export interface FareLine {
  readonly kind: FareLineKind;
  readonly amount: Money;
}

/** What the lines add up to; `currency` decides the zero of an empty list. */
export function sumLines(lines: readonly FareLine[], currency: string): Money {
  return sumMoney(
    lines.map(({ amount }) => amount),
    currency,
  );
}
