import type { Money } from '@rideshare/kernel';

/** What a driver has done so far, as counted. */
export interface Tally {
  readonly offers: number;
  readonly accepted: number;
  readonly declined: number;
  readonly expired: number;
  readonly completed: number;
  readonly cancelled: number;
  readonly cancelledByDriver: number;
  readonly starsSum: number;
  readonly ratings: number;
  readonly onlineS: number;
  readonly earnings: readonly Money[];
}

/** A tally with what follows from it; `null` where there is nothing to divide by. */
export interface Performance extends Tally {
  readonly acceptanceRate: number | null;
  readonly completionRate: number | null;
  readonly rating: number | null;
}

function ratio(part: number, whole: number, decimals: number): number | null {
  return whole === 0 ? null : Number((part / whole).toFixed(decimals));
}

/** The mean of the stars given by riders, to two decimals. */
export function ratingOf({ starsSum, ratings }: Pick<Tally, 'starsSum' | 'ratings'>): number | null {
  return ratio(starsSum, ratings, 2);
}

/**
 * The figures of a driver. Offers that were withdrawn say nothing about them, and neither do trips that somebody else
 * cancelled.
 */
export function performanceOf(tally: Tally): Performance {
  return {
    ...tally,
    acceptanceRate: ratio(tally.accepted, tally.accepted + tally.declined + tally.expired, 4),
    completionRate: ratio(tally.completed, tally.completed + tally.cancelledByDriver, 4),
    rating: ratingOf(tally),
  };
}
