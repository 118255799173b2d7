import type { DriverSnapshot } from './driver-pool.ts';

/** Someone who waits for a driver. */
export interface RideRequest {
  readonly tripId: string;
  readonly riderId: string;
  readonly pickup: { readonly lat: number; readonly lng: number };
  readonly vehicleClass: string;
  /** Seconds since the request was made. */
  readonly ageS: number;
  /** Drivers who declined this trip or let its offer run out. */
  readonly declinedBy: readonly string[];
}

/**
 * Where a driver can fall out of the search for one trip, in the order of the questions; the first that says no is named.
 *
 * - `not_available`: offline, offered another trip or on one;
 * - `stale_position`: where they are is not known well enough;
 * - `wrong_vehicle_class`: their vehicle does not serve what was asked for;
 * - `own_ride`: they are the rider;
 * - `declined_before`: they declined this trip or let its offer run out;
 * - `too_far`: outside the search radius, or there is no way;
 * - `over_limit`: enough drivers are nearer;
 * - `lost_assignment`: in the running, but the best plan for all trips has them or the trip elsewhere.
 */
export const gates = [
  'not_available',
  'stale_position',
  'wrong_vehicle_class',
  'own_ride',
  'declined_before',
  'too_far',
  'over_limit',
  'lost_assignment',
] as const;

/** A reason why a driver did not get a trip. */
export type Gate = (typeof gates)[number];

/** What became of one driver in the search for one trip. */
export type Verdict = {
  readonly tripId: string;
  readonly driverId: string;
  readonly distanceM: number;
  /** Seconds to the pickup, where it was worked out. */
  readonly etaS: number | null;
} & ({ readonly verdict: 'assigned'; readonly gate: null } | { readonly verdict: 'dropped'; readonly gate: Gate });

/** The limits that gates go by. */
export interface GateRules {
  /** A position older than this gets no offer. */
  readonly positionAgeMaxS: number;
  /** Whether a vehicle of the first class may serve a request for the second. */
  readonly serves: (vehicleClass: string, requested: string) => boolean;
}

/** A position may be 120 seconds old; a vehicle serves its own class. */
export const defaultGateRules: GateRules = {
  positionAgeMaxS: 120,
  serves: (vehicleClass, requested) => vehicleClass === requested,
};

/** Drivers around a trip that one of the first gates kept out: too many, and too alike, to be told one by one. */
export interface PassedOver {
  readonly tripId: string;
  readonly gate: Gate;
  readonly drivers: number;
}

/** Whether it is too long ago that the driver was where they are said to be. */
export function isStale({ recordedAt }: DriverSnapshot, at: Date, { positionAgeMaxS }: GateRules): boolean {
  return at.getTime() - recordedAt.getTime() > positionAgeMaxS * 1_000;
}

/** The gate that keeps this driver from this request alone, or `null`. */
export function personalGateOf({ driverId }: DriverSnapshot, { riderId, declinedBy }: RideRequest): Gate | null {
  if (driverId === riderId) return 'own_ride';
  return declinedBy.includes(driverId) ? 'declined_before' : null;
}
