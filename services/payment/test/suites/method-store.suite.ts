import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemIds } from '@rideshare/kernel/system';
import type { MethodStore } from '../../src/usecases/ports.ts';
import { actsOn, REFUSED, step } from '../support/acts.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

/** What every store of payment methods promises. */
export function methodStoreSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a store of payment methods`, () => {
    let harness: StoresHarness;
    let methods: MethodStore;
    let acts: ReturnType<typeof actsOn>;

    beforeAll(async () => {
      harness = await open();
      ({ methods } = harness.stores);
      acts = actsOn(harness.stores);
    });
    afterAll(async () => {
      await harness.close();
    });

    const all = (riderId: string) => methods.list(riderId, { limit: 100 });
    const defaults = async (riderId: string) =>
      (await all(riderId)).filter(({ isDefault }) => isDefault).map(({ id }) => id);

    test('add, of the first, makes it the default; of another only when asked to', async () => {
      const riderId = randomUUID();
      const first = await acts.method(riderId);
      expect(await methods.findDefault(riderId)).toEqual({
        id: first,
        riderId,
        gateway: 'sandbox',
        brand: 'visa',
        last4: '4242',
        isDefault: true,
      });
      await acts.method(riderId);
      expect(await defaults(riderId)).toEqual([first]);
      const third = await acts.method(riderId, 'tok_ok', true);
      expect(await defaults(riderId)).toEqual([third]);
      expect((await methods.findDefault(riderId))?.id).toBe(third);
    });

    test('add, of the first, not to be the default, leaves the rider without one', async () => {
      const riderId = randomUUID();
      await acts.method(riderId, 'tok_ok', false);
      expect(await methods.findDefault(riderId)).toBeNull();
    });

    test('add, of twenty at once, makes one of them the default', async () => {
      const riderId = randomUUID();
      const elsewhere = actsOn(harness.others);
      await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? acts : elsewhere).method(riderId)));
      expect(await all(riderId)).toHaveLength(20);
      expect(await defaults(riderId)).toHaveLength(1);
    });

    test('add, repeated with its id, finds the method as it is, and changes no other', async () => {
      const riderId = randomUUID();
      const method = {
        id: systemIds.next(),
        riderId,
        gateway: 'sandbox',
        brand: 'visa',
        last4: '4242',
        token: 'tok_ok',
      };
      await methods.add(step(), { ...method, isDefault: true });
      const newer = await acts.method(riderId, 'tok_ok', true);
      expect(await methods.add(step(), { ...method, isDefault: true })).toMatchObject({
        id: method.id,
        isDefault: false,
      });
      expect(await defaults(riderId)).toEqual([newer]);
      expect(await all(riderId)).toHaveLength(2);
    });

    test('add, in a transaction that fails, adds nothing', async () => {
      const riderId = randomUUID();
      const method = {
        id: systemIds.next(),
        riderId,
        gateway: 'sandbox',
        brand: 'visa',
        last4: '4242',
        token: 'tok_ok',
      };
      const seal = () => Promise.reject(new Error('taken over'));
      await expect(methods.add(step({ seal }), method)).rejects.toThrow('taken over');
      const undone = harness.transaction(async (transaction) => {
        await methods.add(step({ transaction }), method);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await all(riderId)).toEqual([]);
    });

    test('list, page by page, shows each once, newest first, and nobody else’s', async () => {
      const riderId = randomUUID();
      const ids: string[] = [];
      for (let index = 0; index < 5; index += 1) ids.unshift(await acts.method(riderId));
      await acts.method(randomUUID());
      const first = await methods.list(riderId, { limit: 3 });
      const rest = await methods.list(riderId, { limit: 3, before: first.at(-1)?.id ?? '' });
      expect([...first, ...rest].map(({ id }) => id)).toEqual(ids);
    });

    test('find, of another’s or none, finds nothing', async () => {
      const riderId = randomUUID();
      const id = await acts.method(riderId);
      expect(await methods.find(riderId, id)).toMatchObject({ id, riderId });
      expect(await methods.find(randomUUID(), id)).toBeNull();
      expect(await methods.find(riderId, randomUUID())).toBeNull();
    });

    test('remove, takes it away for good, promotes no other and seals what it did', async () => {
      const riderId = randomUUID();
      const [id, other] = [await acts.method(riderId), await acts.method(riderId)];
      const sealed: unknown[] = [];
      const seal = (_tx: object, result: unknown) => Promise.resolve(void sealed.push(result));
      expect(await methods.remove(step({ seal }), randomUUID(), id)).toBe('not_found');
      expect(sealed).toEqual([]);
      expect(await methods.remove(step({ seal }), riderId, id)).toBe('removed');
      expect(await methods.remove(step({ seal }), riderId, id)).toBe('not_found');
      expect(sealed).toEqual([null]);
      expect(await all(riderId)).toMatchObject([{ id: other, isDefault: false }]);
      expect([await methods.find(riderId, id), await methods.findDefault(riderId)]).toEqual([null, null]);
      expect(await acts.method(riderId)).not.toBe((await methods.findDefault(riderId))?.id);
    });

    test('remove, while a payment or a try at a debt needs it, is refused until it is over', async () => {
      const trip = await acts.trip();
      const remove = () => methods.remove(step(), trip.riderId, trip.methodId);
      await trip.completed();
      expect(await remove()).toBe('in_use');
      await acts.carryOut(trip.tripId, () => REFUSED);
      await acts.payDebt(trip.tripId, trip.methodId);
      expect(await remove()).toBe('in_use');
      await acts.carryOut(trip.tripId);
      expect(await remove()).toBe('removed');
    });

    test('remove, refused by its seal, removes nothing', async () => {
      const riderId = randomUUID();
      const id = await acts.method(riderId);
      const seal = () => Promise.reject(new Error('taken over'));
      await expect(methods.remove(step({ seal }), riderId, id)).rejects.toThrow('taken over');
      expect(await methods.find(riderId, id)).toMatchObject({ id, isDefault: true });
    });
  });
}
