/** How long each state of a trip may last; configuration, so that a drill can shorten them. */
export interface TripBounds {
  /** How long drivers are searched for. */
  readonly searchMs: number;
  /** How long a driver may think about an offer. */
  readonly offerTtlMs: number;
  /** What the driver gets beyond the estimated way to the pickup. */
  readonly arriveMarginMs: number;
  /** From the arrival to the start of the ride. */
  readonly startMs: number;
  /** A ride becomes overdue after this many times its estimate … */
  readonly rideFactor: number;
  /** … and not before this long. */
  readonly rideMinMs: number;
}
