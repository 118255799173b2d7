import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  after,
  bounds,
  commands,
  eventsAfter,
  idOf,
  MINUTE_MS,
  START,
  tripAfter,
  tripFacts,
  tripIn,
} from '../../test/support/builders.ts';
import { decide } from './decide.ts';
import type { Decision, TripCommand } from './decide.ts';
import { evolve, fold } from './evolve.ts';
import type { TripEvent } from './trip-events.ts';
import type { Actor, TripState } from './trip.ts';
import { deadlineOf, isOpen, sideOf } from './trip.ts';

const euros = (amount: number) => ({ amount, currency: 'EUR' });

function outcomeOf(decision: Decision): string {
  if (decision.outcome === 'event') return decision.event.type;
  return decision.outcome === 'refused' ? decision.code : 'unchanged';
}

function eventOf(decision: Decision): TripEvent {
  if (decision.outcome !== 'event') throw new Error(`no event but ${decision.outcome}`);
  return decision.event;
}

const NOT_ALLOWED = 'TRIP_TRANSITION_NOT_ALLOWED';
const statuses = ['requested', 'accepted', 'arrived', 'in_progress', 'completed', 'cancelled', 'expired'] as const;
type Status = (typeof statuses)[number];

/** What each driver's command comes to in each state. */
const driverSteps: Readonly<Record<'arrive' | 'start' | 'complete', Partial<Record<Status, string>>>> = {
  arrive: { accepted: 'arrived', arrived: 'unchanged' },
  start: { arrived: 'started', in_progress: 'unchanged' },
  complete: { in_progress: 'completed', completed: 'unchanged' },
};

describe('decide, for a trip that is not there', () => {
  it.each(['arrive', 'start', 'complete'] as const)('%s finds no trip', (type) => {
    expect(outcomeOf(decide(undefined, commands[type](), bounds))).toBe('TRIP_NOT_FOUND');
  });

  it('accept finds no offer', () => {
    expect(outcomeOf(decide(undefined, commands.accept(), bounds))).toBe('OFFER_NOT_AVAILABLE');
  });

  it('request begins the search and fixes its bounds', () => {
    const [event] = eventsAfter(commands.request());
    expect(event).toEqual({
      type: 'requested',
      at: START,
      facts: tripFacts({ searchUntil: after(120_000), expiresBy: after(135_000) }),
    });
  });
});

describe('decide, the steps of the driver', () => {
  const cases = (['arrive', 'start', 'complete'] as const).flatMap((type) =>
    statuses.map((status) => [type, status, driverSteps[type][status] ?? NOT_ALLOWED] as const),
  );

  it.each(cases)('%s when %s comes to %s', (type, status, expected) => {
    expect(outcomeOf(decide(tripIn(status), commands[type](), bounds))).toBe(expected);
  });

  it.each(
    (['arrive', 'start', 'complete'] as const).flatMap((type) =>
      (['rider', 'admin', 'system'] as const).map((by) => [type, by] as const),
    ),
  )('%s is not for %s', (type, by) => {
    const [status] = Object.keys(driverSteps[type]) as Status[];
    const command = { ...commands[type](), by } as TripCommand;
    expect(outcomeOf(decide(tripIn(status!), command, bounds))).toBe(NOT_ALLOWED);
  });

  it('start with another code is refused', () => {
    expect(outcomeOf(decide(tripIn('arrived'), commands.start(START, false), bounds))).toBe('START_CODE_WRONG');
  });

  it('arrive sets the time by which the ride begins', () => {
    expect(tripIn('arrived')).toMatchObject({ arrivedAt: after(5 * MINUTE_MS), startBy: after(35 * MINUTE_MS) });
  });

  it('start makes a ride overdue after four times its estimate, six hours at the least', () => {
    const way = [commands.accept(), commands.arrive(), commands.start()];
    const long = tripFacts({ durationS: 7_200 });
    expect(deadlineOf(tripAfter(commands.request(), ...way))).toBe(after((6 + 360) * MINUTE_MS));
    expect(deadlineOf(tripAfter(commands.request(long), ...way))).toBe(after((6 + 480) * MINUTE_MS));
  });
});

describe('decide, accept', () => {
  it('takes a trip that waits, and gives the driver the way and half an hour', () => {
    expect(tripIn('accepted')).toMatchObject({
      version: 2,
      assignment: { driverId: idOf('driver'), slotEpoch: 3, arriveBy: after(10_000 + 240_000 + 30 * MINUTE_MS) },
    });
  });

  it.each(['accepted', 'arrived', 'in_progress'] as const)('is held when %s by this offer', (status) => {
    expect(outcomeOf(decide(tripIn(status), commands.accept(), bounds))).toBe('unchanged');
  });

  it.each(['accepted', 'arrived', 'in_progress', 'completed', 'cancelled', 'expired'] as const)(
    'by another offer is refused when %s',
    (status) => {
      expect(outcomeOf(decide(tripIn(status), commands.accept(START, 2), bounds))).toBe('OFFER_NOT_AVAILABLE');
    },
  );

  it('by its own offer is refused once the trip has ended', () => {
    expect(outcomeOf(decide(tripIn('completed'), commands.accept(), bounds))).toBe('OFFER_NOT_AVAILABLE');
  });
});

describe('decide, cancel', () => {
  const allowed: Readonly<Record<Actor, readonly Status[]>> = {
    rider: ['requested', 'accepted', 'arrived'],
    driver: ['accepted', 'arrived'],
    system: ['requested', 'accepted', 'arrived'],
    admin: ['requested', 'accepted', 'arrived', 'in_progress'],
  };
  const cases = Object.entries(allowed).flatMap(([by, from]) =>
    statuses
      .filter((status) => status !== 'cancelled')
      .map((status) => [by as Actor, status, from.includes(status) ? 'cancelled' : NOT_ALLOWED] as const),
  );

  it.each(cases)('by %s when %s comes to %s', (by, status, expected) => {
    expect(outcomeOf(decide(tripIn(status), { type: 'cancel', at: after(1_000), by }, bounds))).toBe(expected);
  });

  it('again by the same actor changes nothing, by another it is refused', () => {
    const cancelled = tripIn('cancelled');
    expect(outcomeOf(decide(cancelled, { type: 'cancel', at: START, by: 'rider' }, bounds))).toBe('unchanged');
    expect(outcomeOf(decide(cancelled, { type: 'cancel', at: START, by: 'admin' }, bounds))).toBe(NOT_ALLOWED);
  });

  it.each([
    ['rider', 120_000, undefined, 0],
    ['rider', 121_000, undefined, 250],
    ['admin', 121_000, undefined, 0],
    ['system', 121_000, undefined, 0],
    ['driver', 400_000, 'too far', 0],
  ] as const)('by %s %i ms after the acceptance (%s) costs %i', (by, sinceAcceptMs, reason, fee) => {
    const at = after(10_000 + sinceAcceptMs);
    const command: TripCommand = { type: 'cancel', at, by, ...(reason ? { reason } : {}) };
    const [, , event] = eventsAfter(commands.request(), commands.accept(), command);
    expect(event).toMatchObject({ type: 'cancelled', fee: euros(fee), reason: reason ?? `${by}_cancelled` });
  });

  it.each([
    [299_000, 0],
    [300_000, 400],
  ])('for a rider who did not come, %i ms after arriving, costs %i', (waitedMs, fee) => {
    const at = after(5 * MINUTE_MS + waitedMs);
    const cancel: TripCommand = { type: 'cancel', at, by: 'driver', reason: 'rider_no_show' };
    expect(tripAfter(commands.request(), commands.accept(), commands.arrive(), cancel)).toMatchObject({
      status: 'cancelled',
      fee: euros(fee),
      arrival: { arrivedAt: after(5 * MINUTE_MS) },
      assignment: { driverId: idOf('driver') },
    });
  });
});

describe('decide, the end of a search', () => {
  const expire = (at: string, offerOpen: boolean) =>
    outcomeOf(decide(tripIn('requested'), { type: 'expire', at, offerOpen }, bounds));

  it('expires at its end without an open offer', () => {
    expect(expire(after(119_999), false)).toBe('unchanged');
    expect(expire(after(120_000), false)).toBe('expired');
  });

  it('waits for an open offer, and no longer than the offer can live', () => {
    expect(expire(after(134_999), true)).toBe('unchanged');
    expect(expire(after(135_000), true)).toBe('expired');
  });

  it.each(['accepted', 'in_progress', 'completed', 'cancelled', 'expired'] as const)(
    'means nothing when %s',
    (status) => {
      const command: TripCommand = { type: 'expire', at: after(999_999_999), offerOpen: false };
      expect(outcomeOf(decide(tripIn(status), command, bounds))).toBe('unchanged');
    },
  );
});

describe('decide, a state that ran out', () => {
  it.each([
    ['requested', 'expired'],
    ['accepted', 'cancelled'],
    ['arrived', 'cancelled'],
  ] as const)('%s becomes %s at its deadline and not before', (status, to) => {
    const trip = tripIn(status);
    const deadline = Date.parse(deadlineOf(trip)!) - Date.parse(START);
    expect(outcomeOf(decide(trip, { type: 'run_out', at: after(deadline - 1) }, bounds))).toBe('unchanged');
    const decision = decide(trip, { type: 'run_out', at: after(deadline) }, bounds);
    expect(outcomeOf(decision)).toBe(to);
    if (to === 'cancelled') expect(decision).toMatchObject({ event: { by: 'system', fee: euros(0) } });
  });

  it.each(['in_progress', 'completed', 'cancelled', 'expired'] as const)('never ends %s', (status) => {
    expect(outcomeOf(decide(tripIn(status), { type: 'run_out', at: after(1e10) }, bounds))).toBe('unchanged');
  });
});

describe('decide, complete', () => {
  it('charges the quote', () => {
    expect(tripIn('completed')).toMatchObject({ total: tripFacts().fare, lines: tripFacts().breakdown });
  });

  it('adds the waiting beyond two minutes as a line of its own', () => {
    const arrived = 5 * MINUTE_MS;
    const trip = tripAfter(
      commands.request(),
      commands.accept(),
      commands.arrive(),
      commands.start(after(arrived + 5 * MINUTE_MS)),
      commands.complete(),
    );
    const { fare, breakdown } = tripFacts();
    expect(trip).toMatchObject({
      lines: [...breakdown, { kind: 'wait', amount: euros(60) }],
      total: euros(fare.amount + 60),
    });
  });
});

describe('decide, rate', () => {
  const rate = (by: 'rider' | 'driver'): TripCommand => ({
    type: 'rate',
    at: after(20 * MINUTE_MS),
    by,
    rating: { stars: 5, tags: ['clean'], comment: null },
  });

  it('counts each side once and raises the version', () => {
    const once = evolve(tripIn('completed'), eventOf(decide(tripIn('completed'), rate('rider'), bounds)));
    expect(once).toMatchObject({ status: 'completed', version: 6, ratings: { rider: { stars: 5 } } });
    expect(outcomeOf(decide(once, rate('rider'), bounds))).toBe('RATING_EXISTS');
    expect(outcomeOf(decide(once, rate('driver'), bounds))).toBe('rated');
  });

  it.each(['requested', 'in_progress', 'cancelled', 'expired'] as const)('is refused when %s', (status) => {
    expect(outcomeOf(decide(tripIn(status), rate('rider'), bounds))).toBe('TRIP_NOT_COMPLETED');
  });
});

describe('decide, time', () => {
  it('never runs backwards, whatever a clock says', () => {
    const trip = tripAfter(commands.request(), commands.accept(after(-5_000)));
    expect(trip).toMatchObject({ changedAt: START, assignment: { acceptedAt: START } });
  });
});

const anyCommand: fc.Arbitrary<TripCommand> = fc
  .record({
    at: fc.integer({ min: -10_000, max: 40 * MINUTE_MS }).map(after),
    by: fc.constantFrom<Actor>('rider', 'driver', 'admin', 'system'),
    side: fc.constantFrom('rider' as const, 'driver' as const),
    driver: fc.integer({ min: 1, max: 2 }),
    flag: fc.boolean(),
    kind: fc.constantFrom('request', 'accept', 'arrive', 'start', 'complete', 'cancel', 'expire', 'run_out', 'rate'),
  })
  .map(({ at, by, side, driver, flag, kind }): TripCommand => {
    switch (kind) {
      case 'request':
        return commands.request();
      case 'accept':
        return commands.accept(at, driver);
      case 'start':
        return { type: 'start', at, by, codeMatches: flag };
      case 'arrive':
      case 'complete':
        return { type: kind, at, by };
      case 'cancel':
        return { type: 'cancel', at, by };
      case 'expire':
        return { type: 'expire', at, offerOpen: flag };
      case 'run_out':
        return { type: 'run_out', at };
      default:
        return { type: 'rate', at, by: side, rating: { stars: 3, tags: [], comment: null } };
    }
  });

describe('any sequence of commands', () => {
  it('keeps the version at the number of events, ends for good, never changes the driver, and folds to its state', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 40 }), (given) => {
        let state: TripState | undefined;
        const events = [];
        for (const command of given) {
          const decision = decide(state, command, bounds);
          if (decision.outcome !== 'event') continue;
          const next = evolve(state, decision.event);
          events.push(decision.event);
          expect(next.version).toBe(events.length);
          if (state) {
            expect(next.facts).toEqual(state.facts);
            expect(next.changedAt >= state.changedAt).toBe(true);
            if (!isOpen(state)) expect(next.status).toBe(state.status);
            const driver = idOf('driver', 1);
            if (sideOf(state, driver) === 'driver') expect(sideOf(next, driver)).toBe('driver');
          }
          expect(deadlineOf(next) === null).toBe(!isOpen(next));
          state = next;
        }
        expect(fold(events)).toEqual(state);
        expect(fold(JSON.parse(JSON.stringify(events)) as typeof events)).toEqual(state);
      }),
      { numRuns: 500 },
    );
  });

  it('reaches every end', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyCommand, { minLength: 30, maxLength: 60 }), (given) => {
        let state: TripState | undefined;
        for (const command of given) {
          const decision = decide(state, command, bounds);
          if (decision.outcome === 'event') state = evolve(state, decision.event);
        }
        if (state && !isOpen(state)) ends.add(state.status);
      }),
      { numRuns: 2_000, seed: 7 },
    );
    expect([...ends].toSorted()).toEqual(['cancelled', 'completed', 'expired']);
  });
});
