import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideStatus } from '../../src/domain/slot.ts';
import type { Stores } from '../../src/usecases/ports.ts';
import { LASTING_MS, reservation, uuid } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

// Two processes do anything to a handful of slots, at the same time and in any order. Whatever they do, a trip has at most
// one slot, each change of a state has exactly one event and a higher epoch, and offers agree with the slots.

const DRIVERS = 4;
const TRIPS = 3;

type Step =
  | { readonly do: 'reserve'; readonly pairs: readonly (readonly [number, number])[]; readonly ttlMs: number }
  | { readonly do: 'confirm' | 'decline' | 'release' | 'settle'; readonly offer: number }
  | { readonly do: 'clear'; readonly trip: number }
  | { readonly do: 'status'; readonly driver: number; readonly to: 'available' | 'offline' }
  | { readonly do: 'standing'; readonly driver: number; readonly suspended: boolean }
  | { readonly do: 'expire' | 'elapse' | 'claim' };

const driver = fc.nat(DRIVERS - 1);
const trip = fc.nat(TRIPS - 1);
const offer = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      pairs: fc.array(fc.tuple(driver, trip), { minLength: 1, maxLength: 4 }),
      ttlMs: fc.constantFrom(1, LASTING_MS),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('confirm', 'decline', 'release', 'settle'), offer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('clear' as const), trip }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('status' as const), driver, to: fc.constantFrom('available', 'offline') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('standing' as const), driver, suspended: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('expire', 'elapse', 'claim') }) },
);

interface World {
  readonly stage: Stage;
  readonly drivers: readonly string[];
  readonly trips: readonly string[];
  readonly offers: { driverId: string; tripId: string; offerId: string; epoch: number }[];
}

async function reserve({ stage, ...world }: World, { slots }: Stores, taken: Step & { do: 'reserve' }): Promise<void> {
  const items = taken.pairs.map(([of, to]) =>
    reservation(world.drivers[of]!, { tripId: world.trips[to]!, ttlMs: taken.ttlMs }),
  );
  const verdicts = await slots.reserve(stage.begin(), items);
  expect(verdicts.map(({ offerId }) => offerId)).toEqual(items.map(({ offerId }) => offerId));
  verdicts.forEach((verdict, index) => {
    if (verdict.outcome === 'reserved') world.offers.push({ ...items[index]!, epoch: verdict.epoch });
  });
}

async function apply(world: World, stores: Stores, taken: Step): Promise<void> {
  const { slots } = stores;
  const begin = <Result>() => world.stage.begin<Result>();
  switch (taken.do) {
    case 'reserve':
      return reserve(world, stores, taken);
    case 'confirm':
    case 'decline':
    case 'settle':
    case 'release': {
      const known = world.offers.at(-1 - taken.offer);
      if (!known) return;
      if (taken.do === 'release') await slots.release(begin(), { ...known, epoch: known.epoch + 1 });
      else if (taken.do === 'settle') await slots.settle(begin(), known);
      else if (taken.do === 'confirm') await slots.confirm(begin(), known);
      else await slots.decline(begin(), known);
      return;
    }
    case 'clear':
      await slots.clear(begin(), world.trips[taken.trip]!);
      return;
    case 'status':
      await slots
        .setStatus(begin(), world.drivers[taken.driver]!, (slot) => decideStatus(slot, taken.to))
        .catch((error: unknown) => {
          expect(error).toMatchObject({ kind: 'conflict' });
        });
      return;
    case 'standing':
      await slots.setStanding(begin(), world.drivers[taken.driver]!, {
        suspended: taken.suspended,
        deactivated: false,
      });
      return;
    case 'expire':
      await slots.expireOffers(begin(), 200);
      return;
    case 'claim':
      await slots.claimAssignments('unsettled', { olderThanMs: 0, againMs: 1, limit: 200 });
      return;
    case 'elapse':
      await world.stage.elapse(2);
  }
}

async function holds({ stage, drivers }: World): Promise<void> {
  const slots = await Promise.all(drivers.map((driverId) => stage.slot(driverId)));
  const trips = slots.flatMap((slot) => slot.tripId ?? []);
  expect(new Set(trips).size).toBe(trips.length);
  for (const slot of slots) {
    const events = await stage.eventsOf(`slot:${slot.driverId}`);
    // they began available at epoch 1, without an event
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: slot.epoch - 1 }, (_, index) => index + 2),
    );
    const last = events.at(-1);
    if (last) expect(last.data).toMatchObject({ state: slot.state, epoch: slot.epoch });
    if (slot.suspended) expect(['available', 'offered']).not.toContain(slot.state);
    expect(slot.tripId === null).toBe(slot.state === 'available' || slot.state === 'offline');
    expect(slot.expiresAt === null).toBe(slot.state !== 'offered');
  }
  const offers = await stage.offers(drivers);
  for (const slot of slots) {
    if (slot.state === 'offered') expect(offers.get(slot.offerId!)).toBe('open');
    if (slot.state === 'assigned') expect(offers.get(slot.offerId!)).toBe('accepted');
  }
  const open = [...offers.values()].filter((state) => state === 'open').length;
  expect(open).toBe(slots.filter(({ state }) => state === 'offered').length);
}

/** What no interleaving of slot commands breaks. */
export function slotModelSuite(name: string, makeStage: MakeStage, numRuns: number): void {
  describe(`${name}, under any interleaving of slot commands from two processes`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    it('keeps one slot per trip, one event per epoch, and offers that agree', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(step, step), { minLength: 5, maxLength: 25 }), async (pairs) => {
          const world: World = {
            stage: h,
            drivers: await h.availableFleet(DRIVERS),
            trips: Array.from({ length: TRIPS }, uuid),
            offers: [],
          };
          for (const [mine, theirs] of pairs) {
            await Promise.all([apply(world, h, mine), apply(world, h.other, theirs)]);
          }
          await holds(world);
        }),
        { numRuns },
      );
    }, 120_000);
  });
}
