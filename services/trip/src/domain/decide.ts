import type { TripBounds } from './bounds.ts';
import type { TripErrorCode } from './errors.ts';
import { cancellationFeeOf, completionLinesOf, totalOf } from './fares.ts';
import { latest, plusMs } from './timestamp.ts';
import type { Timestamp } from './timestamp.ts';
import type { TripEvent } from './trip-events.ts';
import { isOpen } from './trip.ts';
import type { Actor, OpenTrip, Rating, RatingSide, TripFacts, TripState } from './trip.ts';

/** What somebody wants of a trip. `at` is the time of the command, fixed when it was first tried. */
export type TripCommand =
  | { readonly type: 'request'; readonly at: Timestamp; readonly facts: Omit<TripFacts, BoundByRequest> }
  | {
      readonly type: 'accept';
      readonly at: Timestamp;
      readonly driverId: string;
      readonly offerId: string;
      readonly slotEpoch: number;
      readonly pickupEtaS: number;
    }
  | { readonly type: 'arrive' | 'complete'; readonly at: Timestamp; readonly by: Actor }
  | { readonly type: 'start'; readonly at: Timestamp; readonly by: Actor; readonly codeMatches: boolean }
  | { readonly type: 'cancel'; readonly at: Timestamp; readonly by: Actor; readonly reason?: string }
  | { readonly type: 'expire'; readonly at: Timestamp; readonly offerOpen: boolean }
  | { readonly type: 'run_out'; readonly at: Timestamp }
  | { readonly type: 'rate'; readonly at: Timestamp; readonly by: RatingSide; readonly rating: Rating };

type BoundByRequest = 'requestedAt' | 'searchUntil' | 'expiresBy';
type Command<Type extends TripCommand['type']> = Extract<TripCommand, { type: Type }>;

/**
 * What a command comes to: an event; nothing, since the command's own actor has reached its effect already or a deadline
 * is not over; or a refusal.
 */
export type Decision =
  | { readonly outcome: 'event'; readonly event: TripEvent }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly code: TripErrorCode };

const UNCHANGED: Decision = { outcome: 'unchanged' };

function happens(event: TripEvent): Decision {
  return { outcome: 'event', event };
}

function refused(code: TripErrorCode): Decision {
  return { outcome: 'refused', code };
}

/** The one place where a trip's next step is decided; every part is a pure function of the state it is shown. */
export function decide(state: TripState | undefined, command: TripCommand, bounds: TripBounds): Decision {
  if (command.type === 'request') return decideRequest(state, command, bounds);
  if (state === undefined) return refused(command.type === 'accept' ? 'OFFER_NOT_AVAILABLE' : 'TRIP_NOT_FOUND');
  // clocks of two processes differ a little; a trip's own time never runs backwards
  const at = latest(command.at, state.changedAt);
  switch (command.type) {
    case 'accept':
      return decideAccept(state, { ...command, at }, bounds);
    case 'arrive':
      return decideArrive(state, { ...command, at }, bounds);
    case 'start':
      return decideStart(state, { ...command, at }, bounds);
    case 'complete':
      return decideComplete(state, { ...command, at });
    case 'cancel':
      return decideCancel(state, { ...command, at });
    case 'expire':
      return decideExpire(state, { ...command, at });
    case 'run_out':
      return decideRunOut(state, { ...command, at });
    case 'rate':
      return decideRate(state, { ...command, at });
  }
}

function decideRequest(state: TripState | undefined, command: Command<'request'>, bounds: TripBounds): Decision {
  if (state !== undefined) return UNCHANGED;
  const searchUntil = plusMs(command.at, bounds.searchMs);
  const expiresBy = plusMs(searchUntil, bounds.offerTtlMs);
  return happens({
    type: 'requested',
    at: command.at,
    facts: { ...command.facts, requestedAt: command.at, searchUntil, expiresBy },
  });
}

function decideAccept(state: TripState, command: Command<'accept'>, bounds: TripBounds): Decision {
  const { at, driverId, offerId, slotEpoch, pickupEtaS } = command;
  if (state.status === 'requested') {
    const arriveBy = plusMs(at, pickupEtaS * 1000 + bounds.arriveMarginMs);
    return happens({ type: 'accepted', at, driverId, offerId, slotEpoch, arriveBy });
  }
  const held = isOpen(state) && state.assignment.driverId === driverId && state.assignment.offerId === offerId;
  return held ? UNCHANGED : refused('OFFER_NOT_AVAILABLE');
}

function decideArrive(state: TripState, { at, by }: Command<'arrive' | 'complete'>, bounds: TripBounds): Decision {
  if (by !== 'driver') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (state.status === 'arrived') return UNCHANGED;
  if (state.status !== 'accepted') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  return happens({ type: 'arrived', at, startBy: plusMs(at, bounds.startMs) });
}

function decideStart(state: TripState, { at, by, codeMatches }: Command<'start'>, bounds: TripBounds): Decision {
  if (by !== 'driver') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (state.status === 'in_progress') return UNCHANGED;
  if (state.status !== 'arrived') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (!codeMatches) return refused('START_CODE_WRONG');
  const rideMs = Math.max(state.facts.durationS * 1000 * bounds.rideFactor, bounds.rideMinMs);
  return happens({ type: 'started', at, rideBy: plusMs(at, rideMs) });
}

function decideComplete(state: TripState, { at, by }: Command<'arrive' | 'complete'>): Decision {
  if (by !== 'driver') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (state.status === 'completed') return UNCHANGED;
  if (state.status !== 'in_progress') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  const lines = completionLinesOf(state);
  return happens({ type: 'completed', at, lines, total: totalOf(lines, state.facts.fare.currency) });
}

function decideCancel(state: TripState, { at, by, reason }: Command<'cancel'>): Decision {
  if (state.status === 'cancelled' && state.cancelledBy === by) return UNCHANGED;
  if (!isOpen(state)) return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (state.status === 'in_progress' && by !== 'admin') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  if (state.status === 'requested' && by === 'driver') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  return cancelling(state, by, reason ?? `${by}_cancelled`, at);
}

/** Ends a search; `offerOpen` is what the dispatcher knows, and stops counting when even the last offer must be over. */
function decideExpire(state: TripState, { at, offerOpen }: Command<'expire'>): Decision {
  if (state.status !== 'requested') return UNCHANGED;
  const over = at >= state.facts.expiresBy || (at >= state.facts.searchUntil && !offerOpen);
  return over ? happens({ type: 'expired', at }) : UNCHANGED;
}

/** What the sweep does about a deadline. A ride is never ended by itself, however long it lasts. */
function decideRunOut(state: TripState, { at }: Command<'run_out'>): Decision {
  switch (state.status) {
    case 'requested':
      return decideExpire(state, { type: 'expire', at, offerOpen: true });
    case 'accepted':
      return at >= state.assignment.arriveBy ? cancelling(state, 'system', 'driver_never_arrived', at) : UNCHANGED;
    case 'arrived':
      return at >= state.startBy ? cancelling(state, 'system', 'ride_never_started', at) : UNCHANGED;
    case 'in_progress':
    case 'completed':
    case 'cancelled':
    case 'expired':
      return UNCHANGED;
  }
}

function decideRate(state: TripState, { at, by, rating }: Command<'rate'>): Decision {
  if (state.status !== 'completed') return refused('TRIP_NOT_COMPLETED');
  if (state.ratings[by] !== undefined) return refused('RATING_EXISTS');
  return happens({ type: 'rated', at, by, rating });
}

function cancelling(state: OpenTrip, by: Actor, reason: string, at: Timestamp): Decision {
  const fee = cancellationFeeOf(state, { by, reason, at });
  return happens({ type: 'cancelled', at, from: state.status, by, reason, fee });
}
