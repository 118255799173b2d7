import { assert } from '@rideshare/kernel';
import type { TripEvent } from './trip-events.ts';
import type { CancelledTrip, OpenTrip, TripState } from './trip.ts';

/**
 * The trip after `event`.
 *
 * @throws `ASSERTION_FAILED` for an event that cannot follow the state: what is stored was decided, so it is a defect.
 */
export function evolve(state: TripState | undefined, event: TripEvent): TripState {
  if (event.type === 'requested') {
    assert(state === undefined, 'a trip is requested once');
    return { status: 'requested', facts: event.facts, version: 1, changedAt: event.at };
  }
  assert(state !== undefined, `a trip begins with its request, not with ${event.type}`);
  const next = { facts: state.facts, version: state.version + 1, changedAt: event.at };
  switch (event.type) {
    case 'accepted': {
      assert(state.status === 'requested', `accepted cannot follow ${state.status}`);
      const { driverId, offerId, slotEpoch, arriveBy, at } = event;
      return { ...next, status: 'accepted', assignment: { driverId, offerId, slotEpoch, acceptedAt: at, arriveBy } };
    }
    case 'arrived':
      assert(state.status === 'accepted', `arrived cannot follow ${state.status}`);
      return { ...state, ...next, status: 'arrived', arrivedAt: event.at, startBy: event.startBy };
    case 'started':
      assert(state.status === 'arrived', `started cannot follow ${state.status}`);
      return { ...state, ...next, status: 'in_progress', startedAt: event.at, rideBy: event.rideBy };
    case 'completed': {
      assert(state.status === 'in_progress', `completed cannot follow ${state.status}`);
      const { lines, total, at } = event;
      return { ...state, ...next, status: 'completed', completedAt: at, lines, total, ratings: {} };
    }
    case 'cancelled':
      assert(state.status === event.from, `a cancellation from ${event.from} cannot follow ${state.status}`);
      return cancelled(state, next, event);
    case 'expired':
      assert(state.status === 'requested', `expired cannot follow ${state.status}`);
      return { ...next, status: 'expired', expiredAt: event.at };
    case 'rated':
      assert(state.status === 'completed', `a rating cannot follow ${state.status}`);
      assert(state.ratings[event.by] === undefined, `the ${event.by} has rated already`);
      return { ...state, ...next, ratings: { ...state.ratings, [event.by]: event.rating } };
  }
}

/** The trip that `events` tell of, in their order. */
export function fold(events: readonly TripEvent[]): TripState | undefined {
  return events.reduce<TripState | undefined>(evolve, undefined);
}

function cancelled(
  state: OpenTrip,
  next: Pick<TripState, 'facts' | 'version' | 'changedAt'>,
  event: Extract<TripEvent, { type: 'cancelled' }>,
): CancelledTrip {
  return {
    ...next,
    status: 'cancelled',
    from: event.from,
    assignment: state.status === 'requested' ? null : state.assignment,
    arrival: 'arrivedAt' in state ? { arrivedAt: state.arrivedAt, startBy: state.startBy } : null,
    departure: 'startedAt' in state ? { startedAt: state.startedAt, rideBy: state.rideBy } : null,
    cancelledAt: event.at,
    cancelledBy: event.by,
    reason: event.reason,
    fee: event.fee,
  };
}
