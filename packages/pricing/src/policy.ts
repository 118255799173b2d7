import type { Versioned } from './versions.ts';

/** What a city charges beside the ride, and how a fare is shared. */
export interface FarePolicy extends Versioned {
  /** ISO 4217. */
  readonly currency: string;
  readonly cancellation: {
    /** A rider who cancels within this many seconds after the driver accepted pays nothing. */
    readonly freeS: number;
    readonly feeMinor: number;
    /** From this many seconds after arriving, the driver may cancel because the rider did not come. */
    readonly noShowAfterS: number;
    readonly noShowFeeMinor: number;
  };
  readonly waiting: {
    /** Seconds at the pickup that cost nothing; what they cost afterwards is in the tariff. */
    readonly freeS: number;
  };
  /** The driver's part of what is shared, in hundredths of a per cent. */
  readonly driverShareBasisPoints: number;
}
