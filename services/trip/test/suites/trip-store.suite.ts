import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import type { TripCommand } from '../../src/domain/decide.ts';
import { evolve, fold } from '../../src/domain/evolve.ts';
import type { TripEvent } from '../../src/domain/trip-events.ts';
import { deadlineOf, isOpen } from '../../src/domain/trip.ts';
import type { TripFacts, TripState } from '../../src/domain/trip.ts';
import type { TripAgenda, TripStore, TripViews } from '../../src/usecases/ports.ts';
import { after, bounds, commands, idOf, MINUTE_MS, tripFacts } from '../support/builders.ts';
import { sealedOperation } from '../support/operations.ts';

/** A store of trips under test. */
export interface TripStoreHarness {
  readonly store: TripStore & TripViews & TripAgenda;
  readonly eventsOf: (tripId: string) => Promise<readonly TripEvent[]>;
  /** What waits to be published of a trip, in its order. */
  readonly messagesOf: (tripId: string) => Promise<readonly TripMessage[]>;
  readonly close: () => Promise<void>;
}

/** The place in its stream of what is told about a trip. */
export interface TripMessage {
  readonly id: string;
  readonly sequence: number;
}

/** What every store of trips promises. */
export function tripStoreSuite(name: string, makeHarness: () => Promise<TripStoreHarness>): void {
  describe(`${name}, as a trip store`, () => {
    let harness: TripStoreHarness;
    let number = 0;
    const store = () => harness.store;

    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness.close();
    });

    /** Facts of a trip that shares nothing with those before it. */
    function someFacts(changes: Partial<TripFacts> = {}): TripFacts {
      number += 1;
      return tripFacts({ tripId: idOf('trip', number), riderId: idOf('rider', number), ...changes });
    }

    function first(facts: TripFacts): { event: TripEvent; to: TripState } {
      const decision = decide(undefined, commands.request(facts), bounds);
      if (decision.outcome !== 'event') throw new Error('a request is always a beginning');
      return { event: decision.event, to: evolve(undefined, decision.event) };
    }

    function next(from: TripState, command: TripCommand): { from: TripState; event: TripEvent; to: TripState } {
      const decision = decide(from, command, bounds);
      if (decision.outcome !== 'event') throw new Error(`${command.type} is no step from ${from.status}`);
      return { from, event: decision.event, to: evolve(from, decision.event) };
    }

    async function create(facts: TripFacts): Promise<TripState> {
      const creation = first(facts);
      const operation = sealedOperation<TripState>(`create ${facts.tripId}`);
      expect(await store().create(operation, { eventId: operation.id('event'), ...creation })).toBe('created');
      return creation.to;
    }

    async function take(from: TripState, command: TripCommand): Promise<TripState> {
      const step = next(from, command);
      const operation = sealedOperation<TripState>(`${from.facts.tripId} ${String(from.version)}`);
      expect(await store().step(operation, { eventId: operation.id('event'), ...step })).toBe('applied');
      expect(operation.sealed).toEqual([step.to]);
      return step.to;
    }

    /** A driver nobody else has; drivers, like riders, are on one trip at a time. */
    function accept(at?: string): TripCommand {
      return commands.accept(at ?? after(10_000), 1_000 + number);
    }

    const ways: Readonly<Record<string, () => TripCommand[]>> = {
      'to the end, rated by both': () => [
        accept(),
        commands.arrive(),
        commands.start(after(20 * MINUTE_MS)),
        commands.complete(after(40 * MINUTE_MS)),
        {
          type: 'rate',
          at: after(41 * MINUTE_MS),
          by: 'rider',
          rating: { stars: 5, tags: ['clean'], comment: 'ß "€"' },
        },
        { type: 'rate', at: after(42 * MINUTE_MS), by: 'driver', rating: { stars: 4, tags: [], comment: null } },
      ],
      'cancelled while it waits': () => [{ type: 'cancel', at: after(1), by: 'rider', reason: 'bored' }],
      'cancelled for a fee': () => [accept(), { type: 'cancel', at: after(10 * MINUTE_MS), by: 'rider' }],
      'cancelled at the pickup': () => [
        accept(),
        commands.arrive(),
        { type: 'cancel', at: after(15 * MINUTE_MS), by: 'driver', reason: 'rider_no_show' },
      ],
      'cancelled under way': () => [
        accept(),
        commands.arrive(),
        commands.start(),
        { type: 'cancel', at: after(15 * MINUTE_MS), by: 'admin' },
      ],
      expired: () => [{ type: 'expire', at: after(2 * MINUTE_MS), offerOpen: false }],
    };

    describe('reading', () => {
      it('knows nothing of a trip that is not there', async () => {
        expect(await store().read(idOf('trip', 999_999))).toBeUndefined();
      });

      it.each(Object.keys(ways))('gives back every state of a trip as it was written: %s', async (way) => {
        const stop = { lat: 41.15, lng: -8.62 };
        const facts = someFacts({
          stops: [stop],
          paymentMethodId: idOf('method'),
          requestTrace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        });
        let state = await create(facts);
        expect(await store().read(facts.tripId)).toEqual(state);
        for (const command of ways[way]!()) {
          state = await take(state, command);
          expect(await store().read(facts.tripId)).toEqual(state);
        }
        const events = await harness.eventsOf(facts.tripId);
        expect(events).toHaveLength(state.version);
        expect(fold(events)).toEqual(state);
      });

      it.each(Object.keys(ways))('tells of every step once, by its version: %s', async (way) => {
        let state = await create(someFacts());
        for (const command of ways[way]!()) state = await take(state, command);
        const messages = await harness.messagesOf(state.facts.tripId);
        const versions = Array.from({ length: state.version }, (_unused, index) => index + 1);
        expect(messages.map(({ sequence }) => sequence)).toEqual(versions);
        expect(new Set(messages.map(({ id }) => id)).size).toBe(state.version);
      });

      it('is the fold of its events after any commands', async () => {
        const someCommand = fc.constantFrom<(at: string) => TripCommand>(
          (at) => accept(at),
          (at) => commands.arrive(at),
          (at) => commands.start(at),
          (at) => commands.complete(at),
          (at) => ({ type: 'cancel', at, by: 'rider' }),
          (at) => ({ type: 'cancel', at, by: 'admin' }),
          (at) => ({ type: 'run_out', at }),
          (at) => ({ type: 'rate', at, by: 'rider', rating: { stars: 1, tags: [], comment: null } }),
        );
        const steps = fc.array(fc.tuple(someCommand, fc.nat(20 * MINUTE_MS)), { maxLength: 12 });
        await fc.assert(
          fc.asyncProperty(steps, async (given) => {
            let state = await create(someFacts());
            const { tripId } = state.facts;
            for (const [make, laterMs] of given) {
              const command = make(after(laterMs));
              const decision = decide(state, command, bounds);
              if (decision.outcome === 'event') state = await take(state, command);
            }
            expect(await store().read(tripId)).toEqual(state);
            expect(fold(await harness.eventsOf(tripId))).toEqual(state);
          }),
          { numRuns: 25 },
        );
      });
    });

    describe('creating', () => {
      it('seals the operation with the trip', async () => {
        const facts = someFacts();
        const operation = sealedOperation<TripState>(facts.tripId);
        const creation = { eventId: operation.id('event'), ...first(facts) };
        await store().create(operation, creation);
        expect(operation.sealed).toEqual([creation.to]);
      });

      it('finds its own trip when it is repeated', async () => {
        const facts = someFacts();
        const operation = sealedOperation<TripState>(facts.tripId);
        const creation = { eventId: operation.id('event'), ...first(facts) };
        expect(await store().create(operation, creation)).toBe('created');
        expect(await store().create(operation, creation)).toBe('exists');
        expect(await harness.eventsOf(facts.tripId)).toHaveLength(1);
      });

      it('refuses a rider who is on a trip, and takes them again after its end', async () => {
        const riderId = idOf('rider', 50_000);
        const waiting = await create(someFacts({ riderId }));
        const second = someFacts({ riderId });
        const operation = sealedOperation<TripState>('second');
        const creation = { eventId: operation.id('event'), ...first(second) };
        expect(await store().create(operation, creation)).toBe('rider_busy');
        expect(operation.sealed).toEqual([]);
        expect(await store().read(second.tripId)).toBeUndefined();

        await take(waiting, { type: 'cancel', at: after(1), by: 'rider' });
        expect(await store().create(operation, creation)).toBe('created');
        expect(await store().openTripOf(riderId)).toBe(second.tripId);
      });

      it('lets one of many at once through', async () => {
        const riderId = idOf('rider', 50_001);
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, async () => {
            const facts = someFacts({ riderId });
            const operation = sealedOperation<TripState>(facts.tripId);
            return store().create(operation, { eventId: operation.id('event'), ...first(facts) });
          }),
        );
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'rider_busy')).toHaveLength(9);
      });

      it('leaves nothing behind when the operation was taken over', async () => {
        const facts = someFacts();
        const refuse = new Error('taken over');
        const operation = sealedOperation<TripState>(facts.tripId, { refuse });
        const creation = { eventId: operation.id('event'), ...first(facts) };
        await expect(store().create(operation, creation)).rejects.toThrow('taken over');
        expect(await store().read(facts.tripId)).toBeUndefined();
      });
    });

    describe('stepping', () => {
      it('tells that the trip has moved on, and seals nothing', async () => {
        const waiting = await create(someFacts());
        const operation = sealedOperation<TripState>('late');
        const late = {
          eventId: operation.id('event'),
          ...next(waiting, { type: 'cancel', at: after(2), by: 'rider' }),
        };
        const accepted = await take(waiting, accept());
        expect(await store().step(operation, late)).toBe('moved');
        expect(operation.sealed).toEqual([]);
        expect(await store().read(waiting.facts.tripId)).toEqual(accepted);
      });

      it('tells that a trip which is not there has moved on', async () => {
        const { to } = first(someFacts());
        const operation = sealedOperation<TripState>('nowhere');
        const step = { eventId: operation.id('event'), ...next(to, accept()) };
        expect(await store().step(operation, step)).toBe('moved');
      });

      it('finds its own event when it is repeated', async () => {
        const waiting = await create(someFacts());
        const operation = sealedOperation<TripState>('again');
        const step = { eventId: operation.id('event'), ...next(waiting, accept()) };
        expect(await store().step(operation, step)).toBe('applied');
        expect(await store().step(operation, step)).toBe('applied');
        expect(await harness.eventsOf(waiting.facts.tripId)).toHaveLength(2);
      });

      it('lets one of many at once through', async () => {
        const waiting = await create(someFacts());
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, index) => {
            const operation = sealedOperation<TripState>(`one of many ${String(index)}`);
            const command: TripCommand = index % 2 === 0 ? accept() : { type: 'cancel', at: after(2), by: 'rider' };
            return store().step(operation, { eventId: operation.id('event'), ...next(waiting, command) });
          }),
        );
        expect(outcomes.toSorted()).toEqual(['applied', ...Array.from({ length: 9 }, () => 'moved')]);
        expect(await harness.eventsOf(waiting.facts.tripId)).toHaveLength(2);
      });

      it('refuses a driver who is on another trip, and takes them again after its end', async () => {
        const one = await create(someFacts());
        const command = commands.accept(after(1_000), 60_000);
        const taken = await take(one, command);
        const two = await create(someFacts());
        const operation = sealedOperation<TripState>('two');
        const step = { eventId: operation.id('event'), ...next(two, command) };
        expect(await store().step(operation, step)).toBe('driver_busy');
        expect(operation.sealed).toEqual([]);
        await take(taken, { type: 'cancel', at: after(2_000), by: 'driver' });
        expect(await store().step(operation, step)).toBe('applied');
      });

      it('leaves the trip as it was when the operation was taken over', async () => {
        const waiting = await create(someFacts());
        const operation = sealedOperation<TripState>('taken', { refuse: new Error('taken over') });
        const step = { eventId: operation.id('event'), ...next(waiting, accept()) };
        await expect(store().step(operation, step)).rejects.toThrow('taken over');
        expect(await store().read(waiting.facts.tripId)).toEqual(waiting);
      });
    });

    describe('the history', () => {
      it('shows a person their trips on either side, newest first, page by page', async () => {
        const person = 70_000;
        const own: string[] = [];
        for (let hour = 0; hour < 5; hour += 1) {
          const requestedAt = after(-hour * 60 * MINUTE_MS);
          const asRider = hour % 2 === 0;
          const facts = someFacts({ requestedAt, ...(asRider ? { riderId: idOf('driver', person) } : {}) });
          own.push(facts.tripId);
          const state = await create(facts);
          const command = commands.accept(undefined, asRider ? 80_000 + hour : person);
          const accepted = await take(state, command);
          await take(accepted, { type: 'cancel', at: after(60_000), by: 'system' });
        }
        await create(someFacts());
        const userId = idOf('driver', person);
        const one = await store().history(userId, 2, null);
        const two = await store().history(userId, 2, one.next);
        const three = await store().history(userId, 2, two.next);
        const pages = [one, two, three].map(({ trips }) => trips.map(({ facts }) => facts.tripId));
        expect(pages).toEqual([own.slice(0, 2), own.slice(2, 4), own.slice(4)]);
        expect(three.next).toBeNull();
      });

      it('tells trips of one moment apart by their ids', async () => {
        const riderId = idOf('rider', 70_001);
        for (let count = 0; count < 3; count += 1) {
          await take(await create(someFacts({ riderId })), { type: 'cancel', at: after(1), by: 'rider' });
        }
        const seen: string[] = [];
        let after_ = null as Awaited<ReturnType<TripViews['history']>>['next'];
        do {
          const page = await store().history(riderId, 1, after_);
          seen.push(...page.trips.map(({ facts }) => facts.tripId));
          after_ = page.next;
        } while (after_);
        expect(new Set(seen).size).toBe(3);
      });

      it('is empty for a stranger', async () => {
        expect(await store().history(idOf('rider', 79_999), 10, null)).toEqual({ trips: [], next: null });
      });
    });

    describe('the agenda', () => {
      it('lists who waits, the oldest first, until a driver is found', async () => {
        const younger = await create(someFacts({ requestedAt: after(-1_000) }));
        const older = await create(someFacts({ requestedAt: after(-2_000) }));
        const waiting = async (): Promise<string[]> => {
          const ours = [younger.facts.tripId, older.facts.tripId];
          return (await store().waitingIds(1_000)).filter((tripId) => ours.includes(tripId));
        };
        expect(await waiting()).toEqual([older.facts.tripId, younger.facts.tripId]);
        expect(await store().waitingIds(1)).toHaveLength(1);
        await take(older, accept());
        expect(await waiting()).toEqual([younger.facts.tripId]);
        expect(await store().waiting([older.facts.tripId, younger.facts.tripId])).toEqual([younger]);
      });

      it('lists what has run out, at its deadline, but no ride', async () => {
        const long = 1_000 * 60 * MINUTE_MS;
        const requestedAt = after(-long);
        const facts = someFacts({ requestedAt });
        const waiting = await create(facts);
        const isDue = async (at: string): Promise<boolean> => (await store().due(at, 10_000)).includes(facts.tripId);
        expect(await isDue(after(-long + 134_999))).toBe(false);
        expect(await isDue(facts.expiresBy)).toBe(true);

        const accepted = await take(waiting, accept(requestedAt));
        expect(await isDue(facts.expiresBy)).toBe(false);
        expect(await isDue(deadlineOf(accepted)!)).toBe(true);

        const arrived = await take(accepted, commands.arrive(requestedAt));
        const riding = await take(arrived, commands.start(requestedAt));
        const overdue = deadlineOf(riding)!;
        expect(await isDue(overdue)).toBe(false);
        const before = await store().countOverdueRides(after(-long));
        expect(await store().countOverdueRides(overdue)).toBe(before + 1);
        expect(await store().overdueRides(overdue, 10_000)).toContain(facts.tripId);
        expect(await store().overdueRides(overdue, 0)).toEqual([]);

        const done = await take(riding, commands.complete(requestedAt));
        expect(isOpen(done)).toBe(false);
        expect(await isDue(after(long))).toBe(false);
        expect(await store().countOverdueRides(overdue)).toBe(before);
      });

      it('lists the longest overdue first and no more than it is asked for', async () => {
        const late = await create(someFacts({ requestedAt: after(-5_000 * MINUTE_MS) }));
        const later = await create(someFacts({ requestedAt: after(-6_000 * MINUTE_MS) }));
        expect(await store().due(after(-1_000 * MINUTE_MS), 1)).toEqual([later.facts.tripId]);
        expect(await store().due(after(-1_000 * MINUTE_MS), 2)).toEqual([later.facts.tripId, late.facts.tripId]);
      });
    });

    describe('counting', () => {
      it('counts what has not ended and knows the open trip of a rider', async () => {
        const before = await store().countOpen();
        const state = await create(someFacts());
        expect(await store().countOpen()).toBe(before + 1);
        expect(await store().openTripOf(state.facts.riderId)).toBe(state.facts.tripId);
        await take(state, { type: 'cancel', at: after(1), by: 'rider' });
        expect(await store().countOpen()).toBe(before);
        expect(await store().openTripOf(state.facts.riderId)).toBeUndefined();
      });
    });
  });
}
