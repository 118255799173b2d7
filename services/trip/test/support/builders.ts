import type { TripBounds } from '../../src/domain/bounds.ts';
import { decide } from '../../src/domain/decide.ts';
import type { TripCommand } from '../../src/domain/decide.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { fareOf } from '../../src/domain/fares.ts';
import { plusMs } from '../../src/domain/timestamp.ts';
import type { TripEvent } from '../../src/domain/trip-events.ts';
import type { TripFacts, TripState } from '../../src/domain/trip.ts';

/** When everything in these tests begins. */
export const START = '2026-03-02T08:00:00.000Z';
export const MINUTE_MS = 60_000;

export const bounds: TripBounds = {
  searchMs: 2 * MINUTE_MS,
  offerTtlMs: 15_000,
  arriveMarginMs: 30 * MINUTE_MS,
  startMs: 30 * MINUTE_MS,
  rideFactor: 4,
  rideMinMs: 360 * MINUTE_MS,
};

/** The `number`th id of its kind: a valid UUID that is easy to read in a failure. */
export function idOf(kind: 'trip' | 'rider' | 'driver' | 'offer' | 'quote' | 'event' | 'method', number = 1): string {
  const kinds = { trip: 'a', rider: 'b', driver: 'c', offer: 'd', quote: 'e', event: 'f', method: '9' };
  return `${kinds[kind].repeat(8)}-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

const ride = { tariffVersion: 'porto.tariff.v1', distanceM: 4_210, durationS: 640, surgeBasisPoints: 10_000 };

/** The facts of a trip across Porto. */
export function tripFacts(changes: Partial<TripFacts> = {}): TripFacts {
  const requestedAt = changes.requestedAt ?? START;
  const { fare, breakdown } = fareOf(ride, 'economy');
  return {
    tripId: idOf('trip'),
    riderId: idOf('rider'),
    quoteId: idOf('quote'),
    zone: 'porto:3:3',
    pickup: { lat: 41.1496, lng: -8.6109 },
    destination: { lat: 41.1621, lng: -8.6473 },
    stops: [],
    vehicleClass: 'economy',
    ...ride,
    policyVersion: 'porto.policy.v1',
    fare,
    breakdown,
    paymentMethodId: null,
    requestedAt,
    searchUntil: plusMs(requestedAt, bounds.searchMs),
    expiresBy: plusMs(requestedAt, bounds.searchMs + bounds.offerTtlMs),
    requestTrace: null,
    ...changes,
  };
}

/** `START` and then some. */
export function after(durationMs: number): string {
  return plusMs(START, durationMs);
}

export const commands = {
  request: (facts: TripFacts = tripFacts()): TripCommand => ({ type: 'request', at: facts.requestedAt, facts }),
  accept: (at = after(10_000), driver = 1): TripCommand => ({
    type: 'accept',
    at,
    driverId: idOf('driver', driver),
    offerId: idOf('offer', driver),
    slotEpoch: 3,
    pickupEtaS: 240,
  }),
  arrive: (at = after(5 * MINUTE_MS)): TripCommand => ({ type: 'arrive', at, by: 'driver' }),
  start: (at = after(6 * MINUTE_MS), codeMatches = true): TripCommand => ({
    type: 'start',
    at,
    by: 'driver',
    codeMatches,
  }),
  complete: (at = after(17 * MINUTE_MS)): TripCommand => ({ type: 'complete', at, by: 'driver' }),
} as const;

/** The events that `given` commands lead to, one after the other; each must be allowed. */
export function eventsAfter(...given: readonly TripCommand[]): TripEvent[] {
  let state: TripState | undefined;
  return given.map((command) => {
    const decision = decide(state, command, bounds);
    if (decision.outcome !== 'event') throw new Error(`${command.type} is no step from ${state?.status ?? 'nothing'}`);
    state = evolve(state, decision.event);
    return decision.event;
  });
}

/** The trip that `given` commands lead to. */
export function tripAfter(...given: readonly TripCommand[]): TripState {
  return eventsAfter(...given).reduce<TripState | undefined>(evolve, undefined)!;
}

/** A trip in each of its states, reached by the shortest way. */
export function tripIn(status: TripState['status'], facts: TripFacts = tripFacts()): TripState {
  const way = [commands.request(facts), commands.accept(), commands.arrive(), commands.start(), commands.complete()];
  const steps = { requested: 1, accepted: 2, arrived: 3, in_progress: 4, completed: 5 } as const;
  if (status === 'cancelled') {
    return tripAfter(commands.request(facts), { type: 'cancel', at: after(1_000), by: 'rider' });
  }
  if (status === 'expired') {
    return tripAfter(commands.request(facts), { type: 'expire', at: facts.searchUntil, offerOpen: false });
  }
  return tripAfter(...way.slice(0, steps[status]));
}
