import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideStatus } from '../../src/domain/slot.ts';
import { LASTING_MS, lastingReservation as reservation, uuid } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

/** What every store of performance promises. */
export function performanceStoreSuite(name: string, makeStage: MakeStage): void {
  describe(`${name}, as a performance store`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    it('knows nothing of nobody, and nothing yet of a new driver', async () => {
      expect(await h.performance.read(uuid())).toBeUndefined();
      expect(await h.performance.read(await h.newDriver())).toEqual({
        ...{ offers: 0, accepted: 0, declined: 0, expired: 0 },
        ...{ completed: 0, cancelled: 0, cancelledByDriver: 0, starsSum: 0, ratings: 0, onlineS: 0, earnings: [] },
      });
    });

    it('counts offers by what became of them', async () => {
      const driverId = await h.availableDriver();
      const make = async (ttlMs = LASTING_MS) => {
        const offer = reservation(driverId, { ttlMs });
        await h.slots.reserve(h.begin(), [offer]);
        return offer;
      };
      await h.slots.decline(h.begin(), await make());
      await make(1);
      await h.elapse(2);
      await h.slots.expireOffers(h.begin(), 200);
      await h.slots.clear(h.begin(), (await make()).tripId);
      await h.slots.confirm(h.begin(), await make());
      expect(await h.performance.read(driverId)).toMatchObject({ offers: 4, accepted: 1, declined: 1, expired: 1 });
    });

    it('counts the ends of trips and the stars of riders, which make the rating', async () => {
      const driverId = await h.newDriver();
      await h.performance.countTrip(h.begin(), driverId, 'completed');
      await h.performance.countTrip(h.begin(), driverId, 'completed');
      await h.performance.countTrip(h.begin(), driverId, 'cancelled');
      await h.performance.countTrip(h.begin(), driverId, 'cancelled_by_driver');
      await h.performance.countStars(h.begin(), driverId, 5);
      await h.performance.countStars(h.begin(), driverId, 4);
      expect(await h.performance.read(driverId)).toMatchObject({
        ...{ completed: 2, cancelled: 2, cancelledByDriver: 1, starsSum: 9, ratings: 2 },
      });
      expect(await h.drivers.find(driverId)).toMatchObject({ rating: 4.5 });
    });

    it('adds up by two processes at once', async () => {
      const driverId = await h.newDriver();
      const stores = [h.performance, h.other.performance];
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => stores[index % 2]!.countTrip(h.begin(), driverId, 'completed')),
      );
      expect(await h.performance.read(driverId)).toMatchObject({ completed: 20 });
    });

    it('adds what is earned and takes back what is refunded, by currency', async () => {
      const driverId = await h.newDriver();
      for (const [amount, currency] of [
        [1_000, 'EUR'],
        [500, 'CHF'],
        [-200, 'EUR'],
      ] as const) {
        await h.performance.addEarnings(h.begin(), driverId, { amount, currency });
      }
      expect(await h.performance.read(driverId)).toMatchObject({
        earnings: [
          { amount: 500, currency: 'CHF' },
          { amount: 800, currency: 'EUR' },
        ],
      });
    });

    it('counts the time online until the driver goes offline, over every pause', async () => {
      const driverId = await h.availableDriver();
      const onlineS = async () => (await h.performance.read(driverId))!.onlineS;
      await h.elapse(1_100);
      expect(await onlineS()).toBeGreaterThanOrEqual(1);
      const go = (status: 'available' | 'offline') =>
        h.slots.setStatus(h.begin(), driverId, (slot) => decideStatus(slot, status));
      await go('offline');
      const before = await onlineS();
      expect(before).toBeGreaterThanOrEqual(1);
      await h.elapse(1_100);
      expect(await onlineS()).toBe(before);
      await go('available');
      await h.elapse(1_100);
      expect(await onlineS()).toBeGreaterThan(before);
    });

    it('writes in the transaction of the operation, or not at all', async () => {
      const driverId = await h.newDriver();
      const [riderId, tripId] = [uuid(), uuid()];
      const write = (fails: boolean) =>
        h.together(async (operation) => {
          await h.performance.countTrip(operation, driverId, 'completed');
          await h.performance.addEarnings(operation, driverId, { amount: 1, currency: 'EUR' });
          await h.performance.rememberRider(operation, { driverId, riderId, tripId });
          if (fails) throw new Error('all of it');
        });
      await expect(write(true)).rejects.toThrow('all of it');
      expect(await h.performance.read(driverId)).toMatchObject({ completed: 0, earnings: [] });
      expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(false);
      await write(false);
      expect(await h.performance.read(driverId)).toMatchObject({ completed: 1 });
      expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(true);
    });
  });
}
