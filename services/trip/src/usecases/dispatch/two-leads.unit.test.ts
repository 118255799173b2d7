import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idOf, tripFacts } from '../../../test/support/builders.ts';
import { sealedOperation } from '../../../test/support/operations.ts';
import { useCaseDeps } from '../../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../../test/support/use-case-deps.ts';
import { fold } from '../../domain/evolve.ts';
import type { TripState } from '../../domain/trip.ts';
import { acceptTrip } from '../accept-trip.ts';
import { createDispatcher } from './dispatcher.ts';
import { createFleet } from './fleet.ts';
import { createPool } from './pool.ts';

// A lease says who leads, and a process that was paused in a window may still believe it does when another has taken the
// lead. Both then make offers, from what each knows by itself. Only the slots keep them apart.

const PICKUP = { lat: 41.1496, lng: -8.6109 };
const TRIPS = 2;
const DRIVERS = 3;

async function waiting(deps: UseCaseDeps, number: number): Promise<void> {
  const facts = tripFacts({ tripId: idOf('trip', number), riderId: idOf('rider', number), pickup: PICKUP });
  const event = { type: 'requested', at: facts.requestedAt, facts } as const;
  const operation = sealedOperation<TripState>(facts.tripId);
  await deps.trips.create(operation, { eventId: operation.id('e'), event, to: fold([event])! });
}

/** A dispatcher with a pool and a fleet of its own, sure of its lead, whose calls to the slots take their time. */
function leader(deps: UseCaseDeps, scheduler: fc.Scheduler, known: readonly number[]) {
  const pool = createPool(() => undefined);
  const fleet = createFleet(deps);
  for (const number of known) {
    fleet.slotChanged({
      driverId: idOf('driver', number),
      vehicleClass: 'economy',
      state: 'available',
      epoch: 1,
      position: {
        point: { lat: PICKUP.lat + number / 500, lng: PICKUP.lng },
        recordedAt: deps.clock.now().toISOString(),
      },
    });
  }
  const reserve: UseCaseDeps['slots']['reserve'] = async (offers) => {
    await scheduler.schedule(Promise.resolve(), 'the call');
    const verdicts = await deps.slots.reserve(offers);
    await scheduler.schedule(Promise.resolve(), 'the answer');
    return verdicts;
  };
  const dispatcher = createDispatcher({
    ...deps,
    pool,
    dispatch: pool,
    fleet,
    slots: { ...deps.slots, reserve },
    leadership: { acquire: () => Promise.resolve(true), release: () => Promise.resolve() },
  });
  dispatcher.fleetIsKnown();
  return dispatcher;
}

const drivers = Array.from({ length: DRIVERS }, (_unused, number) => number);
const fleetOf = fc.subarray(drivers, { minLength: 1 });

it('two dispatchers that both believe they lead, offer a trip to one driver at a time, who alone gets it', async () => {
  let contested = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fleetOf, fleetOf, async (scheduler, knownToOne, knownToOther) => {
      const deps = useCaseDeps();
      for (let number = 0; number < TRIPS; number += 1) await waiting(deps, number);
      for (const number of drivers) deps.slots.goAvailable(idOf('driver', number));
      const leaders = [leader(deps, scheduler, knownToOne), leader(deps, scheduler, knownToOther)];
      for (let window = 0; window < 3; window += 1) {
        await scheduler.waitFor(Promise.all(leaders.map((each) => each.runWindow())));
        deps.clock.advance(1_250);
        const held = drivers.flatMap((number) => deps.slots.slot(idOf('driver', number)).tripId ?? []);
        expect(new Set(held).size).toBe(held.length);
      }
      contested += deps.settled.filter((verdict) => verdict.outcome === 'refused').length;
      for (const { offerId, driverId, tripId } of deps.slots.offers) {
        await acceptTrip(deps, sealedOperation(offerId), { driverId, tripId, offerId }, (trip) => trip).catch(
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'OFFER_NOT_AVAILABLE' });
          },
        );
      }
      for (let number = 0; number < TRIPS; number += 1) {
        const accepted = (await deps.eventsOf(idOf('trip', number))).filter(({ event }) => event.type === 'accepted');
        expect(accepted.length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 60 },
  );
  // or the two never got into each other's way
  expect(contested).toBeGreaterThan(0);
});
