import { assert, money, type Money } from '@rideshare/kernel';
import { sumLines, type FareLine, type FareLineKind } from './fare-line.ts';
import { divideHalfUp } from './rounding.ts';
import type { Tariff, VehicleClass } from './tariff.ts';

/** Surge of one: the price is as it is without. */
export const NO_SURGE_BASIS_POINTS = 10_000;

/** What a fare is worked out from, beside its tariff. All of it is stored with the quote. */
export interface FareInputs {
  /** Whole metres. */
  readonly distanceM: number;
  /** Whole seconds. */
  readonly durationS: number;
  readonly vehicleClass: VehicleClass;
  /** The multiplier in hundredths of a per cent: 10000 is none, 15000 half as much again. */
  readonly surgeBasisPoints: number;
}

/** A price and how it came about. */
export interface FareQuote {
  readonly tariffVersion: string;
  readonly fare: Money;
  /** Adds up to `fare`, line by line. */
  readonly breakdown: readonly FareLine[];
}

/**
 * Prices a ride.
 *
 * @remarks
 * Every line is rounded by itself to a minor unit, halves up, and the fare is their sum; the same inputs and tariff give the
 * same lines for ever.
 * - `base`, `distance` (per kilometre), `time` (per minute) are always there;
 * - `surge` is what the multiplier adds to those three, when it adds something;
 * - `booking_fee` is always there and knows no surge;
 * - `adjustment` lifts the sum to the minimum fare, when it is below.
 * @throws `ASSERTION_FAILED` when distance, duration or surge is no integer, negative, or a surge below one.
 * @example
 * ```ts
 * const { fare, breakdown } = quoteFare(currentTariff('porto', at), {
 *   distanceM: 4_210,
 *   durationS: 640,
 *   vehicleClass: 'economy',
 *   surgeBasisPoints: NO_SURGE_BASIS_POINTS,
 * });
 * ```
 */
export function quoteFare(tariff: Tariff, inputs: FareInputs): FareQuote {
  const { distanceM, durationS, vehicleClass, surgeBasisPoints } = inputs;
  assert(
    Number.isSafeInteger(surgeBasisPoints) && surgeBasisPoints >= NO_SURGE_BASIS_POINTS,
    'surge is an integer of basis points, 10000 or more',
  );
  const rates = tariff.rates[vehicleClass];
  const distanceMinor = divideHalfUp(distanceM * rates.perKmMinor, 1_000);
  const timeMinor = divideHalfUp(durationS * rates.perMinuteMinor, 60);
  const ridden = rates.baseMinor + distanceMinor + timeMinor;
  const surgeMinor = divideHalfUp(ridden * (surgeBasisPoints - NO_SURGE_BASIS_POINTS), NO_SURGE_BASIS_POINTS);
  const short = rates.minimumFareMinor - (ridden + surgeMinor + rates.bookingFeeMinor);
  const line = (kind: FareLineKind, amountMinor: number): FareLine => ({
    kind,
    amount: money(amountMinor, tariff.currency),
  });
  const breakdown = [
    line('base', rates.baseMinor),
    line('distance', distanceMinor),
    line('time', timeMinor),
    ...(surgeMinor > 0 ? [line('surge', surgeMinor)] : []),
    line('booking_fee', rates.bookingFeeMinor),
    ...(short > 0 ? [line('adjustment', short)] : []),
  ];
  return { tariffVersion: tariff.version, fare: sumLines(breakdown, tariff.currency), breakdown };
}
