import { cityAt, distanceM, lengthM } from '@rideshare/geo';
import type { City, Point } from '@rideshare/geo';
import { canonicalJson } from '@rideshare/kernel';
import type { TripErrorCode } from './errors.ts';
import type { Timestamp } from './timestamp.ts';

/** Nobody is driven a shorter way than this. */
const SHORTEST_WAY_M = 50;

/** Everything that a quote's prices come from. They are computed from these members whenever they are needed. */
export interface QuoteInputs {
  readonly quoteId: string;
  readonly riderId: string;
  readonly cityId: string;
  readonly pickup: Point;
  readonly destination: Point;
  readonly stops: readonly Point[];
  readonly distanceM: number;
  readonly durationS: number;
  /** Which model estimated distance and duration. */
  readonly travelModel: string;
  readonly tariffVersion: string;
  readonly surgeBasisPoints: number;
  readonly quotedAt: Timestamp;
  readonly expiresAt: Timestamp;
}

/** A quote as it is stored: nobody can change its price without the key that signed it. */
export interface Quote {
  readonly inputs: QuoteInputs;
  readonly signature: string;
}

/** The text whose authentication code is the quote's signature. */
export function signedTextOf(inputs: QuoteInputs): string {
  return canonicalJson(inputs);
}

/** The way of a ride, all its points in order. */
export function wayOf(ride: Pick<QuoteInputs, 'pickup' | 'stops' | 'destination'>): Point[] {
  return [ride.pickup, ...ride.stops, ride.destination];
}

/** The city that serves the whole way, or why none does. */
export function cityOfWay(way: readonly Point[]): { readonly city: City } | { readonly refused: TripErrorCode } {
  const [pickup, ...others] = way;
  const city = pickup === undefined ? undefined : cityAt(pickup);
  if (!city || others.some((point) => cityAt(point)?.id !== city.id)) return { refused: 'OUTSIDE_SERVICE_AREA' };
  return lengthM(way) < SHORTEST_WAY_M ? { refused: 'TRIP_TOO_SHORT' } : { city };
}

/** Whether the quote is no longer the price. */
export function isExpired(inputs: QuoteInputs, at: Timestamp): boolean {
  return at >= inputs.expiresAt;
}

/** A straight line's length, stretched to what roads make of it, driven at a city's mean speed. */
export interface TravelModel {
  readonly version: string;
  /** 10000 is the straight line itself. */
  readonly detourBasisPoints: number;
  readonly speedMps: number;
}

/** Models by version; one that has priced a quote is never changed. */
export const travelModels: readonly TravelModel[] = [
  { version: 'straight-line.v1', detourBasisPoints: 13_000, speedMps: 7 },
];

/** Distance and duration of a way, in whole metres and seconds. */
export function travelEstimate(
  model: TravelModel,
  way: readonly Point[],
): { readonly distanceM: number; readonly durationS: number } {
  const metres = Math.round((lengthM(way) * model.detourBasisPoints) / 10_000);
  return { distanceM: metres, durationS: Math.round(metres / model.speedMps) };
}

/** Seconds from one point to another. */
export function travelSeconds(model: TravelModel, from: Point, to: Point): number {
  return Math.round((distanceM(from, to) * model.detourBasisPoints) / 10_000 / model.speedMps);
}
