import type { Versioned } from './versions.ts';

/** Every class of vehicle that has a price. */
export const vehicleClasses = ['economy', 'comfort', 'xl', 'accessible'] as const;

/** A class of vehicle that riders ask for and tariffs price. */
export type VehicleClass = (typeof vehicleClasses)[number];

/** The prices of one vehicle class, in minor units of the tariff's currency. */
export interface Rates {
  readonly baseMinor: number;
  readonly perKmMinor: number;
  readonly perMinuteMinor: number;
  /** Kept by the platform; surge does not touch it. */
  readonly bookingFeeMinor: number;
  /** The least a ride costs, booking fee included. */
  readonly minimumFareMinor: number;
  /** For each minute of waiting at the pickup that is not free. */
  readonly waitPerMinuteMinor: number;
}

/** The prices of a city. */
export interface Tariff extends Versioned {
  /** ISO 4217. */
  readonly currency: string;
  readonly rates: Readonly<Record<VehicleClass, Rates>>;
}
