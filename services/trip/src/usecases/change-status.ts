import type { Operation } from '@rideshare/kernel';
import type { TripCommand } from '../domain/decide.ts';
import { tripError } from '../domain/errors.ts';
import { timestampOf } from '../domain/timestamp.ts';
import { sideOf } from '../domain/trip.ts';
import type { Actor, TripState } from '../domain/trip.ts';
import { acceptTrip } from './accept-trip.ts';
import type { AcceptTripDeps } from './accept-trip.ts';
import { changeTripOrThrow } from './change-trip.ts';
import type { StartCodeAttempts, StartCodes } from './ports.ts';
import { tripViewFor } from './trip-view.ts';
import type { TripView, Viewer } from './trip-view.ts';

/** After this many tries the code is locked; four digits then stand some 14 hours of constant guessing. */
const START_CODE_TRIES_MAX = 5;
const START_CODE_LOCK_MS = 60_000;

/** What changing a status needs. */
export interface ChangeStatusDeps extends AcceptTripDeps {
  readonly startCodes: StartCodes;
  readonly startCodeAttempts: StartCodeAttempts;
}

/** What a person asks for. */
export type StatusChange = { readonly tripId: string; readonly version?: number | undefined } & (
  | { readonly status: 'accepted'; readonly offerId: string }
  | { readonly status: 'arrived' }
  | { readonly status: 'in_progress'; readonly startCode: string }
  | { readonly status: 'completed' }
  | { readonly status: 'cancelled'; readonly reason?: string | undefined }
);

/**
 * Moves a trip on for one of its sides or an administrator.
 *
 * @throws `TRIP_NOT_FOUND`, `TRIP_TRANSITION_NOT_ALLOWED`, `TRIP_VERSION_CONFLICT`, `OFFER_NOT_AVAILABLE`,
 * `START_CODE_WRONG`, `START_CODE_LOCKED`.
 */
export async function changeStatus(
  deps: ChangeStatusDeps,
  operation: Operation<TripView>,
  viewer: Viewer,
  change: StatusChange,
): Promise<TripView> {
  const view = (trip: TripState): TripView => tripViewFor(deps.startCodes, viewer, trip);
  const { tripId, version } = change;
  if (change.status === 'accepted') {
    const offer = { driverId: viewer.userId, tripId, offerId: change.offerId };
    return view(await acceptTrip(deps, operation, { ...offer, version }, view));
  }
  const at = timestampOf(operation.at);
  const codeMatches = makeCodeCheck(deps, change);
  const command = async (state: TripState | undefined): Promise<TripCommand> => {
    const by = actorOf(viewer, state, change);
    switch (change.status) {
      case 'arrived':
        return { type: 'arrive', at, by };
      case 'in_progress':
        return { type: 'start', at, by, codeMatches: await codeMatches(state, by) };
      case 'completed':
        return { type: 'complete', at, by };
      case 'cancelled':
        return { type: 'cancel', at, by, ...(change.reason === undefined ? {} : { reason: change.reason }) };
    }
  };
  return view(await changeTripOrThrow(deps, operation, { tripId, version, command, result: view }));
}

/** An administrator on a trip of their own acts as its side, but where an administrator alone can act. */
function actorOf(viewer: Viewer, state: TripState | undefined, change: StatusChange): Actor {
  const side = state && sideOf(state, viewer.userId);
  const needsAdmin = change.status === 'cancelled' && state?.status === 'in_progress';
  if (side && !(viewer.isAdmin && needsAdmin)) return side;
  if (state && viewer.isAdmin) return 'admin';
  throw tripError('TRIP_NOT_FOUND');
}

/** Takes one try for the whole command, and only where the code decides. */
function makeCodeCheck(
  deps: Pick<ChangeStatusDeps, 'startCodes' | 'startCodeAttempts' | 'signals'>,
  change: StatusChange,
): (state: TripState | undefined, by: Actor) => Promise<boolean> {
  let matches: boolean | undefined;
  return async (state, by) => {
    if (change.status !== 'in_progress' || state?.status !== 'arrived' || by !== 'driver') return false;
    if (matches === undefined) {
      const attempt = await deps.startCodeAttempts.take(change.tripId, START_CODE_TRIES_MAX, START_CODE_LOCK_MS);
      if (!('allowed' in attempt)) {
        deps.signals.startCodeLocked(change.tripId);
        throw tripError('START_CODE_LOCKED', { retryAfterS: attempt.retryAfterS });
      }
      matches = deps.startCodes.of(change.tripId) === change.startCode;
    }
    return matches;
  };
}
