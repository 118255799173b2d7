import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PositionUpdate } from '../../src/usecases/ports.ts';
import { reservation, uuid } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

const AT = Date.parse('2026-06-01T12:00:00.000Z');

function update(driverId: string, offsetS: number, lat = 41.15): PositionUpdate {
  const recordedAt = new Date(AT + offsetS * 1_000);
  return { driverId, point: { lat, lng: -8.61 }, recordedAt, headingDeg: 90, speedMps: null, accuracyM: 5 };
}

/** What every store of positions promises. */
export function positionStoreSuite(name: string, makeStage: MakeStage): void {
  describe(`${name}, as a position store`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    const positionOf = async (driverId: string) =>
      (await h.positions.fleet()).find((slot) => slot.driverId === driverId)?.position;

    describe('save', () => {
      it('of nothing, is nothing', async () => {
        expect(await h.positions.save([])).toEqual([]);
      });

      it('writes what is newer, and tells it with the slot as it is', async () => {
        const [one, two] = [await h.availableDriver(), await h.newDriver()];
        const offer = reservation(one);
        await h.slots.reserve(h.begin(), [offer]);
        expect(await h.positions.save([update(two, 0), update(one, 0)])).toEqual([
          { ...update(two, 0), state: 'offline', tripId: null, vehicleClass: 'economy' },
          { ...update(one, 0), state: 'offered', tripId: offer.tripId, vehicleClass: 'economy' },
        ]);
      });

      it('leaves a newer position, and one of the same instant, as they are', async () => {
        const driverId = await h.availableDriver();
        await h.positions.save([update(driverId, 10, 41.2)]);
        expect(await h.positions.save([update(driverId, 9)])).toEqual([]);
        expect(await h.other.positions.save([update(driverId, 10)])).toEqual([]);
        expect(await positionOf(driverId)).toMatchObject({ point: { lat: 41.2 } });
        expect(await h.other.positions.save([update(driverId, 11, 41.3)])).toHaveLength(1);
        expect(await positionOf(driverId)).toEqual({
          point: { lat: 41.3, lng: -8.61 },
          recordedAt: new Date(AT + 11_000),
        });
      });

      it('by two processes at once, keeps the newest of each driver', async () => {
        const fleet = await h.availableFleet(10);
        const rounds = [3, 1, 4, 1, 5, 9, 2, 6];
        const stores = [h.positions, h.other.positions];
        await Promise.all(
          rounds.map((offsetS, index) =>
            stores[index % 2]!.save(fleet.map((driverId) => update(driverId, offsetS, 41 + offsetS / 10))),
          ),
        );
        const found = (await h.positions.fleet()).filter(({ driverId }) => fleet.includes(driverId));
        expect(new Set(found.map(({ position }) => position?.recordedAt.getTime()))).toEqual(new Set([AT + 9_000]));
      });

      it('of somebody who is no driver, fails and writes none of them', async () => {
        const driverId = await h.newDriver();
        await expect(h.positions.save([update(driverId, 0), update(uuid(), 0)])).rejects.toThrow();
        expect(await h.positions.lastSeen(driverId)).toBeNull();
      });
    });

    describe('lastSeen', () => {
      it('tells never from nobody', async () => {
        const driverId = await h.newDriver();
        expect(await h.positions.lastSeen(driverId)).toBeNull();
        expect(await h.positions.lastSeen(uuid())).toBeUndefined();
        await h.positions.save([update(driverId, 7)]);
        expect(await h.positions.lastSeen(driverId)).toEqual(new Date(AT + 7_000));
      });
    });

    describe('fleet', () => {
      it('is whoever is not offline, seen or not', async () => {
        const [offline, unseen] = [await h.verifiedDriver(), await h.availableDriver()];
        const fleet = await h.positions.fleet();
        expect(fleet).toContainEqual({
          driverId: unseen,
          state: 'available',
          epoch: 1,
          vehicleClass: 'economy',
          position: null,
        });
        expect(fleet.map(({ driverId }) => driverId)).not.toContain(offline);
      });
    });
  });
}
