import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFleet } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import type { FleetSlot } from './ports.ts';

const now = new Date('2026-06-01T12:00:00.000Z');
const centre = { lat: 41.15, lng: -8.61 };
const seen = (offsetMs = 0, point = centre) => ({ point, recordedAt: new Date(+now + offsetMs) });
const slot = (more: Partial<FleetSlot> = {}): FleetSlot => ({
  driverId: 'driver-1',
  state: 'available',
  epoch: 1,
  vehicleClass: 'economy',
  position: null,
  ...more,
});
const around = (fleet: Fleet, at = now) =>
  fleet
    .nearest({ point: centre, radiusM: 3_000, limit: 10, vehicleClass: undefined, at })
    .map(({ driverId }) => driverId);

describe('a fleet', () => {
  it('shows a driver once it knows both the slot and the position, in whichever order they come', () => {
    const one = createFleet();
    one.slotChanged(slot());
    expect(around(one)).toEqual([]);
    one.located('driver-1', seen(), now);
    expect(around(one)).toEqual(['driver-1']);

    const two = createFleet();
    two.located('driver-1', seen(), now);
    expect(around(two)).toEqual([]);
    two.slotChanged(slot());
    expect(around(two)).toEqual(['driver-1']);
  });

  it('told of an older epoch, keeps the newer one', () => {
    const fleet = createFleet();
    fleet.slotChanged(slot({ position: seen() }));
    fleet.slotChanged(slot({ state: 'offered', epoch: 2 }));
    fleet.slotChanged(slot({ epoch: 1 }));
    expect(around(fleet)).toEqual([]);
  });

  it('told of an older or a future position, keeps the one it has', () => {
    const fleet = createFleet();
    fleet.slotChanged(slot({ position: seen(-1_000) }));
    fleet.located('driver-1', seen(-2_000, { lat: 0, lng: 0 }), now);
    fleet.located('driver-1', seen(30_001, { lat: 0, lng: 0 }), now);
    expect(around(fleet)).toEqual(['driver-1']);
  });

  it('two minutes after the last position, no longer shows the driver', () => {
    const fleet = createFleet();
    fleet.slotChanged(slot({ position: seen() }));
    expect(around(fleet, new Date(+now + 120_000))).toEqual(['driver-1']);
    expect(around(fleet, new Date(+now + 120_001))).toEqual([]);
  });

  it('whatever the order and the repetitions of its news, ends up the same', () => {
    const news = fc.oneof(
      fc.record({
        kind: fc.constant('slot' as const),
        driver: fc.constantFrom('a', 'b'),
        epoch: fc.integer({ min: 1, max: 5 }),
      }),
      fc.record({
        kind: fc.constant('position' as const),
        driver: fc.constantFrom('a', 'b'),
        age: fc.integer({ min: 0, max: 5 }),
      }),
    );
    const tell = (
      fleet: Fleet,
      each: { kind: 'slot'; driver: string; epoch: number } | { kind: 'position'; driver: string; age: number },
    ) => {
      if (each.kind === 'slot') {
        const state = each.epoch % 2 === 1 ? 'available' : 'offered';
        fleet.slotChanged(slot({ driverId: each.driver, epoch: each.epoch, state }));
      } else {
        fleet.located(each.driver, seen(-each.age * 1_000, { lat: 41.15 + each.age / 1_000, lng: -8.61 }), now);
      }
    };
    const view = (fleet: Fleet) =>
      fleet.nearest({ point: centre, radiusM: 10_000, limit: 10, vehicleClass: undefined, at: now });
    const history = fc
      .array(news, { maxLength: 20 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })));
    fc.assert(
      fc.property(history, ([ordered, shuffled]) => {
        const [one, two] = [createFleet(), createFleet()];
        for (const each of ordered) tell(one, each);
        for (const each of shuffled) tell(two, each);
        expect(view(two)).toEqual(view(one));
      }),
    );
  });
});
