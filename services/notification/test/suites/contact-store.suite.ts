import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemIds } from '@rideshare/kernel/system';
import { somebody, step } from '../support/stores-harness.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

/** What every store of people promises. */
export function contactStoreSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a store of people`, () => {
    let harness: StoresHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(async () => {
      await harness.close();
    });

    const find = (...userIds: string[]) => harness.others.contacts.findMany(step(), userIds);
    const put = (contact: ReturnType<typeof somebody>) => harness.stores.contacts.put(step(), contact);

    it('gives back each person that it knows as they were put, once', async () => {
      const [ana, rui] = [somebody(), somebody({ phone: null, language: 'en', active: false })];
      await put(ana);
      await put(rui);
      const found = await find(ana.userId, rui.userId, ana.userId, systemIds.next());
      expect(found.toSorted((a, b) => (a.userId < b.userId ? -1 : 1))).toEqual(
        [ana, rui].toSorted((a, b) => (a.userId < b.userId ? -1 : 1)),
      );
      expect(await find()).toEqual([]);
    });

    it('keeps the newest version, in whatever order the versions come', async () => {
      const { userId, ...rest } = somebody({ version: 2 });
      const newest = { userId, ...rest, version: 5, email: 'new@example.org' };
      await put({ userId, ...rest });
      await put(newest);
      await put({ userId, ...rest, version: 3, email: 'old@example.org' });
      await put({ ...newest, email: 'other@example.org' });
      expect(await find(userId)).toEqual([newest]);
    });

    it('keeps the newest of many that come at once', async () => {
      const person = somebody();
      await Promise.all(
        [4, 9, 2, 7, 5].map((version, index) =>
          (index % 2 === 0 ? harness.stores : harness.others).contacts.put(step(), { ...person, version }),
        ),
      );
      expect(await find(person.userId)).toMatchObject([{ version: 9 }]);
    });

    it('forgets where a person is reached when the account is closed', async () => {
      const person = somebody({ version: 3 });
      const { userId } = person;
      await put(person);
      await harness.stores.contacts.deactivate(step(), userId, 3);
      expect(await find(userId)).toEqual([person]);
      await harness.stores.contacts.deactivate(step(), userId, 4);
      const closed = { ...person, active: false, email: '', firstName: '', phone: null, version: 4 };
      expect(await find(userId)).toEqual([closed]);
      await put(person);
      expect(await find(userId)).toEqual([closed]);
      await harness.stores.contacts.deactivate(step(), systemIds.next(), 1);
    });

    it('joins the transaction of an operation, reads in it and is undone with it', async () => {
      const person = somebody();
      const undone = harness.transaction(async (transaction) => {
        const operation = step({ transaction });
        await harness.stores.contacts.put(operation, person);
        expect(await harness.stores.contacts.findMany(operation, [person.userId])).toEqual([person]);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await find(person.userId)).toEqual([]);
    });

    it('changes nothing when the seal of an operation is refused', async () => {
      const person = somebody();
      const refused = step({ seal: () => Promise.reject(new Error('taken over')) });
      await expect(harness.stores.contacts.put(refused, person)).rejects.toThrow('taken over');
      expect(await find(person.userId)).toEqual([]);
      await put(person);
      await expect(harness.stores.contacts.deactivate(refused, person.userId, 2)).rejects.toThrow('taken over');
      expect(await find(person.userId)).toEqual([person]);
    });
  });
}
