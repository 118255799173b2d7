import { describe, expect, it } from '@jest/globals';
import { fakeClock } from '@rideshare/testing';
import { after, idOf, START } from '../../../test/support/builders.ts';
import { makeStraightLineTravelTimes } from '../travel-times.ts';
import { createFleet } from './fleet.ts';
import type { SlotChange } from './fleet.ts';

const HERE = { lat: 41.15, lng: -8.61 };
const THERE = { lat: 41.16, lng: -8.61 };
const driverId = idOf('driver');

function aFleet() {
  const clock = fakeClock(START);
  return { clock, fleet: createFleet({ clock, travelTimes: makeStraightLineTravelTimes() }) };
}

function change(changes: Partial<SlotChange> = {}): SlotChange {
  const position = { point: HERE, recordedAt: START };
  return { driverId, vehicleClass: 'economy', state: 'available', epoch: 1, position, ...changes };
}

function report(recordedAt: string, point = THERE) {
  return { driverId, vehicleClass: 'economy', state: 'available', point, recordedAt } as const;
}

describe('the fleet', () => {
  it('keeps the slot change of the highest epoch, in whatever order they come', () => {
    const { fleet } = aFleet();
    fleet.slotChanged(change({ epoch: 3, state: 'offered' }));
    fleet.slotChanged(change({ epoch: 2 }));
    fleet.slotChanged(change({ epoch: 3, state: 'assigned' }));
    expect(fleet.driver(driverId)).toMatchObject({ state: 'offered', epoch: 3 });
    expect(fleet.size).toBe(1);
  });

  it('keeps the newest position, and believes no clock that is half a minute ahead', () => {
    const { fleet } = aFleet();
    fleet.located(report(after(1_000)));
    fleet.located(report(START, HERE));
    fleet.located(report(after(30_001), HERE));
    expect(fleet.position(driverId)).toEqual({ point: THERE, recordedAt: after(1_000) });
    fleet.located(report(after(30_000), HERE));
    expect(fleet.position(driverId)).toEqual({ point: HERE, recordedAt: after(30_000) });
    expect(fleet.position(idOf('driver', 2))).toBeNull();
  });

  it('takes the state from a report only while no slot change was seen', () => {
    const { fleet } = aFleet();
    fleet.located(report(START));
    expect(fleet.driver(driverId)).toMatchObject({ state: 'available', epoch: 0 });
    fleet.slotChanged(change({ state: 'offline', epoch: 7 }));
    fleet.located(report(after(1_000)));
    expect(fleet.driver(driverId)).toMatchObject({ state: 'offline', epoch: 7 });
  });

  it('a slot change without a position keeps the one that is known', () => {
    const { fleet } = aFleet();
    fleet.located(report(START));
    fleet.slotChanged(change({ position: null }));
    expect(fleet.position(driverId)?.point).toEqual(THERE);
    fleet.slotChanged(change({ position: { point: HERE, recordedAt: after(-1_000) }, epoch: 1 }));
    expect(fleet.position(driverId)?.point).toEqual(THERE);
  });

  it('does not search who is offline or nowhere', () => {
    const { fleet } = aFleet();
    fleet.slotChanged(change({ position: null }));
    fleet.slotChanged(change({ driverId: idOf('driver', 2), state: 'offline' }));
    expect(fleet.poolAt(START).size).toBe(0);
  });

  it('believes its own reservation until the event comes', () => {
    const { fleet } = aFleet();
    fleet.slotChanged(change());
    fleet.reserved(driverId, 2);
    expect(fleet.poolAt(START).get(driverId)?.isAvailable).toBe(false);
    fleet.reserved(driverId, 2);
    fleet.slotChanged(change({ epoch: 3 }));
    expect(fleet.poolAt(START).get(driverId)?.isAvailable).toBe(true);
    fleet.reserved(idOf('driver', 9), 1);
    expect(fleet.size).toBe(1);
  });

  it('leaves a driver alone for as long as they rest', () => {
    const { fleet } = aFleet();
    fleet.slotChanged(change());
    fleet.rest(driverId, after(5_000));
    fleet.rest(idOf('driver', 9), after(5_000));
    expect(fleet.poolAt(after(4_999)).get(driverId)?.isAvailable).toBe(false);
    expect(fleet.poolAt(after(5_000)).get(driverId)?.isAvailable).toBe(true);
    fleet.rest(driverId, after(9_000));
    fleet.slotChanged(change({ epoch: 2 }));
    expect(fleet.poolAt(after(5_001)).get(driverId)?.isAvailable).toBe(true);
  });

  it('tells how long the nearest free driver of each class would take', () => {
    const { fleet } = aFleet();
    expect(fleet.pickupEtasS(HERE, START)).toEqual({});
    fleet.slotChanged(change({ position: { point: THERE, recordedAt: START } }));
    fleet.slotChanged(change({ driverId: idOf('driver', 2), state: 'assigned' }));
    fleet.slotChanged(change({ driverId: idOf('driver', 3), vehicleClass: 'xl' }));
    fleet.slotChanged(change({ driverId: idOf('driver', 4), position: { point: HERE, recordedAt: after(-121_000) } }));
    expect(fleet.pickupEtasS(HERE, START)).toEqual({ economy: 207, xl: 0 });
  });

  it('finds a free driver behind any number of others', () => {
    const { fleet } = aFleet();
    const crowd = Array.from({ length: 400 }, (_, index) => {
      const recordedAt = index < 150 ? after(-121_000) : START;
      return change({ driverId: idOf('driver', index + 10), position: { point: HERE, recordedAt } });
    });
    for (const [index, slot] of crowd.entries()) {
      if (index < 150) fleet.slotChanged(slot);
      else if (index < 300) fleet.slotChanged({ ...slot, state: 'assigned' });
      else fleet.slotChanged({ ...slot, vehicleClass: 'comfort' });
    }
    fleet.slotChanged(change({ position: { point: THERE, recordedAt: START } }));
    expect(fleet.pickupEtasS(HERE, START)).toEqual({ economy: 207, comfort: 0 });
  });

  it('tells of no driver who is twenty kilometres away', () => {
    const { fleet } = aFleet();
    fleet.slotChanged(change({ position: { point: { lat: HERE.lat + 0.19, lng: HERE.lng }, recordedAt: START } }));
    expect(fleet.pickupEtasS(HERE, START)).toEqual({});
  });
});
