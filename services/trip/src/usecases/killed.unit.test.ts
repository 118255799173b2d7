import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idOf, tripFacts } from '../../test/support/builders.ts';
import { sealedOperation } from '../../test/support/operations.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../test/support/use-case-deps.ts';
import { fold } from '../domain/evolve.ts';
import type { TripState } from '../domain/trip.ts';
import { createMemoryQuoteStore } from '../store/records.memory.ts';
import { createMemoryTripStore } from '../store/trip-store.memory.ts';
import { acceptTrip } from './accept-trip.ts';
import { assignTrip } from './assign-trip.ts';
import { cancelBySystem } from './end-trip.ts';
import { requestTrip } from './request-trip.ts';
import type { TripView } from './trip-view.ts';

// A process is killed between any two of its steps: at the stores, and before and after each call of another service.
// What it has begun is finished by those who are left: its caller with the same key, and the sweep of the slots.

/** More steps than an acceptance or a request has. */
const LIFETIME_MAX = 12;
const lifetimes = Array.from({ length: LIFETIME_MAX + 1 }, (_unused, lifetime) => lifetime);
const never = new Promise<never>(() => undefined);
const riderId = idOf('rider');
const driverId = idOf('driver');

/** What a process stands on that lives for so many steps; `died` resolves when it has taken the last. */
function mortal(deps: UseCaseDeps, lifetime: number) {
  let steps = 0;
  let tell = (): void => undefined;
  const died = new Promise<void>((resolve) => (tell = resolve));
  const live = async (): Promise<void> => {
    steps += 1;
    if (steps <= lifetime) return;
    tell();
    await never;
  };
  const around =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      await live();
      const output = await call(input);
      await live();
      return output;
    };
  const database = deps.server.connect(live);
  const { confirm, release } = deps.slots;
  const stores = {
    trips: createMemoryTripStore({ database, traceId: () => undefined }),
    quotes: createMemoryQuoteStore(database),
    slots: { ...deps.slots, confirm: around(confirm), release: around(release) },
  };
  return { deps: { ...deps, ...stores }, died };
}

async function waiting(deps: UseCaseDeps): Promise<TripState> {
  const facts = tripFacts({ riderId });
  const event = { type: 'requested', at: facts.requestedAt, facts } as const;
  const operation = sealedOperation<TripState>(facts.tripId);
  const to = fold([event])!;
  await deps.trips.create(operation, { eventId: operation.id('e'), event, to });
  return to;
}

async function offered(deps: UseCaseDeps, tripId: string) {
  deps.slots.goAvailable(driverId);
  const { pickup, destination, fare } = tripFacts();
  const offer = { driverId, tripId, offerId: idOf('offer') };
  const shown = { riderId, ttlMs: 15_000, pickup, destination, fare, earnings: fare, pickupEtaS: 60 };
  await deps.slots.reserve([{ ...offer, ...shown }]);
  return offer;
}

/** The sweep of the driver service: what stands assigned is rolled forward, and freed only if that is refused. */
async function sweep(deps: UseCaseDeps): Promise<void> {
  const { state, tripId, offerId, epoch } = deps.slots.slot(driverId);
  if (state !== 'assigned' || tripId === null || offerId === null) return;
  const assigning = { driverId, tripId, offerId, epoch };
  const { outcome } = await assignTrip(deps, sealedOperation('sweep'), assigning, (trip) => trip);
  if (outcome === 'refused') await deps.slots.release(assigning);
}

describe('an acceptance', () => {
  it('killed at any step, is finished by the sweep of the slots, as the trip has it', async () => {
    const ends = new Set<string>();
    const everyDeath = lifetimes.flatMap((lifetime): [number, boolean][] => [
      [lifetime, false],
      [lifetime, true],
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(LIFETIME_MAX), fc.boolean(), async (lifetime, isCancelled) => {
        const deps = useCaseDeps();
        const { facts } = await waiting(deps);
        const offer = await offered(deps, facts.tripId);
        if (isCancelled) await cancelBySystem(deps, sealedOperation('cancel'), facts.tripId, 'test');
        const victim = mortal(deps, lifetime);
        const accepting = acceptTrip(victim.deps, sealedOperation('accept'), offer, (trip) => trip);
        await Promise.race([victim.died, accepting.catch(() => undefined)]);
        await sweep(deps);
        const trip = await deps.trips.read(facts.tripId);
        const slot = { ...deps.slots.slot(driverId) };
        const taken = slot.state === 'assigned';
        expect(trip?.status).toBe(isCancelled ? 'cancelled' : taken ? 'accepted' : 'requested');
        if (taken)
          expect(trip).toMatchObject({ assignment: { driverId, offerId: offer.offerId, slotEpoch: slot.epoch } });
        const again = acceptTrip(deps, sealedOperation('accept'), offer, ({ status }) => status);
        if (isCancelled) await expect(again).rejects.toMatchObject({ code: 'OFFER_NOT_AVAILABLE' });
        else expect(await again).toMatchObject({ status: 'accepted', version: 2 });
        expect(deps.slots.slot(driverId).state).toBe(isCancelled ? 'available' : 'assigned');
        ends.add(`${String(isCancelled)} ${slot.state}`);
      }),
      { examples: everyDeath, numRuns: everyDeath.length },
    );
    expect(ends).toEqual(new Set(['false offered', 'false assigned', 'true offered', 'true available']));
  });
});

describe('a request', () => {
  it('killed at any step, is one trip when its caller repeats it', async () => {
    const ride = { pickup: { lat: 41.1496, lng: -8.6109 }, destination: { lat: 41.1621, lng: -8.6473 } };
    const command = { riderId, vehicleClass: 'economy' as const, paymentMethodId: undefined, ride };
    const found = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.nat(LIFETIME_MAX), async (lifetime) => {
        const deps = useCaseDeps();
        const operation = () => sealedOperation<TripView>('the request under its key');
        const victim = mortal(deps, lifetime);
        const requesting = requestTrip(victim.deps, operation(), command);
        await Promise.race([victim.died, requesting]);
        found.add(await deps.views.countOpen());
        deps.clock.advance(60_000);
        const { trip } = await requestTrip(deps, operation(), command);
        expect(trip.status).toBe('requested');
        expect(await deps.eventsOf(trip.facts.tripId)).toHaveLength(1);
        expect(await deps.views.countOpen()).toBe(1);
      }),
      { examples: lifetimes.map((lifetime): [number] => [lifetime]), numRuns: lifetimes.length },
    );
    expect(found).toEqual(new Set([0, 1]));
  });
});
