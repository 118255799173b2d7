import type { Money } from '@rideshare/kernel';
import type { OfferState } from './slot.ts';

/** What is counted event by event. */
export interface Counts {
  readonly completed: number;
  readonly cancelled: number;
  readonly cancelledByDriver: number;
  readonly starsSum: number;
  readonly ratings: number;
}

/** What a driver has done so far, as counted. */
export interface Tally extends Counts {
  readonly offers: number;
  readonly accepted: number;
  readonly declined: number;
  readonly expired: number;
  readonly onlineS: number;
  readonly earnings: readonly Money[];
}

/** Of somebody who has done nothing yet. */
export const NO_COUNTS: Counts = { completed: 0, cancelled: 0, cancelledByDriver: 0, starsSum: 0, ratings: 0 };

/** What the end of a trip adds to the counts of its driver. */
export function countsOfTrip(outcome: 'completed' | 'cancelled' | 'cancelled_by_driver'): Partial<Counts> {
  if (outcome === 'completed') return { completed: 1 };
  return { cancelled: 1, cancelledByDriver: outcome === 'cancelled_by_driver' ? 1 : 0 };
}

/** The counts with `added`. */
export function addCounts(counts: Counts, added: Partial<Counts>): Counts {
  return {
    completed: counts.completed + (added.completed ?? 0),
    cancelled: counts.cancelled + (added.cancelled ?? 0),
    cancelledByDriver: counts.cancelledByDriver + (added.cancelledByDriver ?? 0),
    starsSum: counts.starsSum + (added.starsSum ?? 0),
    ratings: counts.ratings + (added.ratings ?? 0),
  };
}

/** Puts a tally together from what is kept in several places. */
export function tallyOf(kept: {
  readonly offers: ReadonlyMap<OfferState, number>;
  readonly counts: Counts;
  readonly onlineS: number;
  readonly earnings: readonly Money[];
}): Tally {
  return {
    offers: [...kept.offers.values()].reduce((sum, count) => sum + count, 0),
    accepted: kept.offers.get('accepted') ?? 0,
    declined: kept.offers.get('declined') ?? 0,
    expired: kept.offers.get('expired') ?? 0,
    ...kept.counts,
    onlineS: kept.onlineS,
    earnings: kept.earnings,
  };
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
