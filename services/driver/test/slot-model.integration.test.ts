import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideStatus } from '../src/domain/slot.ts';
import type { Stores } from '../src/usecases/ports.ts';
import { begin, createStoreHarness, reservation, uuid } from './support/store-harness.ts';
import type { StoreHarness } from './support/store-harness.ts';

// Two processes do anything to a handful of slots, at the same time and in any order. Whatever they do, a trip has at most
// one slot, each change of a state has exactly one event and a higher epoch, and offers agree with the slots.

let h: StoreHarness;

beforeAll(async () => {
  h = await createStoreHarness();
});

afterAll(async () => {
  await h.close();
});

const DRIVERS = 4;
const TRIPS = 3;

type Step =
  | { readonly do: 'reserve'; readonly pairs: readonly (readonly [number, number])[]; readonly ttlMs: number }
  | { readonly do: 'confirm' | 'decline' | 'release'; readonly offer: number }
  | { readonly do: 'clear'; readonly trip: number }
  | { readonly do: 'status'; readonly driver: number; readonly to: 'available' | 'offline' }
  | { readonly do: 'standing'; readonly driver: number; readonly suspended: boolean }
  | { readonly do: 'expire' };

const driver = fc.nat(DRIVERS - 1);
const trip = fc.nat(TRIPS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      pairs: fc.array(fc.tuple(driver, trip), { minLength: 1, maxLength: 4 }),
      ttlMs: fc.constantFrom(1, 60_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('confirm', 'decline', 'release'), offer: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), trip }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('status' as const), driver, to: fc.constantFrom('available', 'offline') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('standing' as const), driver, suspended: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'expire' as const }) },
);

interface World {
  readonly drivers: readonly string[];
  readonly trips: readonly string[];
  readonly offers: { driverId: string; tripId: string; offerId: string; epoch: number }[];
}

async function apply(world: World, { slots }: Pick<Stores, 'slots'>, taken: Step): Promise<void> {
  switch (taken.do) {
    case 'reserve': {
      const items = taken.pairs.map(([of, to]) =>
        reservation(world.drivers[of]!, { tripId: world.trips[to]!, ttlMs: taken.ttlMs }),
      );
      const verdicts = await slots.reserve(begin(), items);
      verdicts.forEach((verdict, index) => {
        if (verdict.outcome === 'reserved') world.offers.push({ ...items[index]!, epoch: verdict.epoch });
      });
      return;
    }
    case 'confirm':
    case 'decline':
    case 'release': {
      const offer = world.offers.at(-1 - taken.offer);
      if (!offer) return;
      if (taken.do === 'release') await slots.release(begin(), { ...offer, epoch: offer.epoch + 1 });
      else if (taken.do === 'confirm') await slots.confirm(begin(), offer);
      else await slots.decline(begin(), offer);
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
  }
}

async function holds(world: World): Promise<void> {
  const { rows: slots } = await h.database.query<{
    driver_id: string;
    state: string;
    trip_id: string | null;
    offer_id: string | null;
    epoch: number;
    suspended: boolean;
  }>('select * from driver_slots where driver_id = any ($1)', [world.drivers]);
  const trips = slots.flatMap((slot) => slot.trip_id ?? []);
  expect(new Set(trips).size).toBe(trips.length);
  for (const slot of slots) {
    const events = await h.eventsOf(`slot:${slot.driver_id}`);
    // they began available at epoch 1, without an event
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: slot.epoch - 1 }, (_, index) => index + 2),
    );
    const last = events.at(-1);
    if (last) expect(last.data).toMatchObject({ state: slot.state, epoch: slot.epoch });
    if (slot.suspended) expect(['available', 'offered']).not.toContain(slot.state);
  }
  const { rows: offers } = await h.database.query<{ offer_id: string; state: string }>(
    'select offer_id, state from offers where driver_id = any ($1)',
    [world.drivers],
  );
  const stateOf = new Map(offers.map((offer) => [offer.offer_id, offer.state]));
  for (const slot of slots) {
    if (slot.state === 'offered') expect(stateOf.get(slot.offer_id!)).toBe('open');
    if (slot.state === 'assigned') expect(stateOf.get(slot.offer_id!)).toBe('accepted');
  }
  const open = offers.filter(({ state }) => state === 'open').length;
  expect(open).toBe(slots.filter(({ state }) => state === 'offered').length);
  const { rows: online } = await h.database.query<{ driver_id: string; open: number }>(
    `select driver_id, count(*) filter (where ended_at is null) as open from online_periods
     where driver_id = any ($1) group by driver_id`,
    [world.drivers],
  );
  for (const period of online) expect(period.open).toBeLessThanOrEqual(1);
}

describe('any interleaving of slot commands from two processes', () => {
  it('keeps one slot per trip, one event per epoch, and offers that agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, step), { minLength: 5, maxLength: 25 }), async (pairs) => {
        const world: World = {
          drivers: await h.availableFleet(DRIVERS),
          trips: Array.from({ length: TRIPS }, uuid),
          offers: [],
        };
        for (const [mine, theirs] of pairs) {
          await Promise.all([apply(world, h, mine), apply(world, h.other, theirs)]);
        }
        await holds(world);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
