import type { Money } from '@rideshare/kernel';
import type { FareLine } from '@rideshare/pricing';
import { tripError } from '../domain/errors.ts';
import type { TripStore } from './ports.ts';
import type { Viewer } from './trip-view.ts';

/** What was quoted, what was charged, and every line between the two. */
export interface Receipt {
  readonly quoteId: string;
  readonly quoted: Money;
  readonly lines: readonly FareLine[];
  readonly total: Money;
}

/**
 * The receipt of a completed trip, or of one whose cancellation was charged, for its rider.
 *
 * @throws `TRIP_NOT_FOUND`, `TRIP_NOT_COMPLETED`.
 */
export async function getReceipt(
  deps: { readonly trips: Pick<TripStore, 'read'> },
  viewer: Viewer,
  tripId: string,
): Promise<Receipt> {
  const trip = await deps.trips.read(tripId);
  if (!trip || (trip.facts.riderId !== viewer.userId && !viewer.isAdmin)) throw tripError('TRIP_NOT_FOUND');
  const { quoteId, fare: quoted } = trip.facts;
  if (trip.status === 'completed') return { quoteId, quoted, lines: trip.lines, total: trip.total };
  if (trip.status === 'cancelled' && trip.fee.amount > 0) {
    return { quoteId, quoted, lines: [{ kind: 'cancellation_fee', amount: trip.fee }], total: trip.fee };
  }
  throw tripError('TRIP_NOT_COMPLETED');
}
