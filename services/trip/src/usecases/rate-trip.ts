import type { Operation } from '@rideshare/kernel';
import { tripError } from '../domain/errors.ts';
import { timestampOf } from '../domain/timestamp.ts';
import { sideOf } from '../domain/trip.ts';
import type { Rating, RatingSide, TripState } from '../domain/trip.ts';
import { changeTripOrThrow } from './change-trip.ts';
import type { ChangeDeps } from './change-trip.ts';

/** A rating as it was given. */
export interface GivenRating extends Rating {
  readonly tripId: string;
  readonly by: RatingSide;
}

/**
 * One side rates the other, once.
 *
 * @throws `TRIP_NOT_FOUND`, `TRIP_NOT_COMPLETED`, `RATING_EXISTS`.
 */
export async function rateTrip(
  deps: ChangeDeps,
  operation: Operation<GivenRating>,
  userId: string,
  { tripId, rating }: { readonly tripId: string; readonly rating: Rating },
): Promise<GivenRating> {
  const at = timestampOf(operation.at);
  const given = (state: TripState | undefined): GivenRating => {
    const by = state && sideOf(state, userId);
    if (!by) throw tripError('TRIP_NOT_FOUND');
    return { tripId, by, ...rating };
  };
  const state = await changeTripOrThrow(deps, operation, {
    tripId,
    command: (before) => ({ type: 'rate', at, by: given(before).by, rating }),
    result: given,
  });
  return given(state);
}
