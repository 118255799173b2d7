import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemIds } from '@rideshare/kernel/system';
import type { Contact } from '../../src/domain/contact.ts';
import type { Channel, Message } from '../../src/domain/message.ts';
import type { DeliveryOutcome, PendingMessage } from '../../src/usecases/ports.ts';
import { somebody, step } from '../support/stores-harness.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;
const idsOf = (taken: readonly PendingMessage[]): string[] => taken.map(({ message }) => message.id);

/** What every store of messages promises. */
export function messageStoreSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a store of messages`, () => {
    let harness: StoresHarness;

    // what one case leaves behind becomes due in another
    beforeEach(async () => {
      harness = await open();
    });
    afterEach(async () => {
      await harness.close();
    });

    const store = () => harness.stores.messages;
    const take = (limit = 10) => store().takePending(limit, LEASE_MS);
    const settle = (...outcomes: DeliveryOutcome[]) => store().settle(outcomes, harness.now());

    async function person(change: Partial<Contact> = {}): Promise<Contact> {
      const contact = somebody(change);
      await harness.stores.contacts.put(step(), contact);
      return contact;
    }

    /** A message that was made `agoMs` ago. */
    function message(userId: string, channel: Channel, agoMs = MINUTE_MS): Message {
      return {
        id: systemIds.next(),
        userId,
        kind: 'trip_completed',
        channel,
        template: 'trip-completed.rider.v1',
        title: 'Your receipt',
        body: 'Thank you for riding: 10,00 €.',
        tripId: systemIds.next(),
        aboutEventId: systemIds.next(),
        correlationId: 'trip',
        createdAt: new Date(harness.now().getTime() - agoMs),
      };
    }

    async function added(...messages: Message[]): Promise<Message[]> {
      await store().add(step(), messages);
      return messages;
    }

    describe('add', () => {
      it('has sent what goes to the inbox, and says so; the rest waits and somebody is woken', async () => {
        const { userId } = await person();
        const [inbox, push] = await added(message(userId, 'inbox'), message(userId, 'push'));
        const { id, kind, title, body, tripId, createdAt } = inbox!;
        expect(await store().inbox(userId, 10, undefined)).toEqual({
          items: [{ id, kind, title, body, tripId, createdAt, readAt: null }],
          next: undefined,
        });
        expect(await harness.told()).toEqual([id]);
        expect(harness.pendingCalls()).toBe(1);
        expect(await store().countPending()).toEqual([{ channel: 'push', count: 1 }]);
        expect(idsOf(await take())).toEqual([push!.id]);
      });

      it('wakes nobody for the inbox alone, and writes nothing of nothing', async () => {
        await added(message(systemIds.next(), 'inbox'));
        await added();
        expect(harness.pendingCalls()).toBe(0);
      });

      it('finds what is there, by its id and by what it tells', async () => {
        const { userId } = await person();
        const messages = await added(message(userId, 'inbox'), message(userId, 'email'));
        await added(...messages);
        await added(...messages.map((each) => ({ ...each, id: systemIds.next() })));
        await added(...messages.map((each) => ({ ...each, aboutEventId: systemIds.next() })));
        expect((await store().inbox(userId, 10, undefined)).items).toHaveLength(1);
        expect(await harness.told()).toHaveLength(1);
        expect(harness.pendingCalls()).toBe(1);
        expect(await take()).toHaveLength(1);
      });

      it('by two processes at once, adds each message once', async () => {
        const { userId } = await person();
        const messages = [message(userId, 'inbox'), message(userId, 'push')];
        await Promise.all(
          [1, 2, 3, 4].map((each) => (each % 2 ? harness.stores : harness.others).messages.add(step(), messages)),
        );
        expect(await harness.told()).toEqual([messages[0]!.id]);
        expect(await take()).toHaveLength(1);
      });

      it('joins the transaction of an operation, and leaves nothing where that or its seal fails', async () => {
        const { userId } = await person();
        const messages = [message(userId, 'inbox'), message(userId, 'push')];
        const undone = harness.transaction(async (transaction) => {
          await store().add(step({ transaction }), messages);
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        const refused = step({ seal: () => Promise.reject(new Error('taken over')) });
        await expect(store().add(refused, messages)).rejects.toThrow('taken over');
        expect((await store().inbox(userId, 10, undefined)).items).toEqual([]);
        expect([await take(), await harness.told(), harness.pendingCalls()]).toEqual([[], [], 0]);
      });
    });

    describe('takePending', () => {
      it('hands out what is due with where the person is reached now, the longest waiting first', async () => {
        const ana = await person();
        const [second, first, later] = await added(
          message(ana.userId, 'email', MINUTE_MS),
          message(ana.userId, 'push', 2 * MINUTE_MS),
          message(ana.userId, 'sms', -MINUTE_MS),
        );
        await harness.stores.contacts.put(step(), { ...ana, version: 2, email: 'new@example.org', phone: null });
        const recipient = { userId: ana.userId, email: 'new@example.org', phone: null };
        const [one] = await take(1);
        expect(one).toEqual({ message: first, recipient, attempts: 0 });
        expect(await take()).toEqual([{ message: second, recipient, attempts: 0 }]);
        await harness.pass(2 * MINUTE_MS);
        expect(idsOf(await take())).toContain(later!.id);
      });

      it('gives nobody else a message before its lease is over, and then once more', async () => {
        const { userId } = await person();
        const [waiting] = await added(message(userId, 'push'));
        expect(await take()).toMatchObject([{ attempts: 0 }]);
        await harness.pass(LEASE_MS / 2);
        expect([await take(), await harness.others.messages.takePending(10, LEASE_MS)]).toEqual([[], []]);
        await harness.pass(LEASE_MS / 2);
        expect(await take()).toMatchObject([{ message: { id: waiting!.id }, attempts: 1 }]);
      });

      it('gives two processes at once different messages', async () => {
        const { userId } = await person();
        const messages = await added(...Array.from({ length: 12 }, () => message(userId, 'push')));
        const taken: string[] = [];
        while (taken.length < messages.length) {
          const both = [harness.stores, harness.others].map(({ messages: each }) => each.takePending(3, LEASE_MS));
          taken.push(...idsOf((await Promise.all(both)).flat()));
        }
        expect(taken.toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
      });

      it('leaves inside what waited for an account that was closed, and in peace what nobody is known for', async () => {
        const { userId } = await person();
        await added(message(userId, 'push'), message(systemIds.next(), 'push'));
        await harness.stores.contacts.deactivate(step(), userId, 2);
        expect(await take()).toEqual([]);
        expect(await store().countPending()).toEqual([{ channel: 'push', count: 1 }]);
        await harness.pass(10 * LEASE_MS);
        expect(await take()).toEqual([]);
      });
    });

    describe('settle', () => {
      it('of what has left, says so once and never hands it out again', async () => {
        const { userId } = await person();
        const [{ id } = message(userId, 'push')] = await added(message(userId, 'push'));
        await take();
        await settle({ id, state: 'sent' });
        await settle({ id, state: 'sent' });
        await settle({ id, state: 'pending', error: 'late', nextAt: harness.now() });
        expect(await harness.told()).toEqual([id]);
        await harness.pass(10 * LEASE_MS);
        expect([await take(), await store().countPending()]).toEqual([[], []]);
      });

      it('of what was not taken, hands it out when it was put off to, or never again', async () => {
        const { userId } = await person();
        const [off, lost] = await added(message(userId, 'push'), message(userId, 'email'));
        await take();
        const nextAt = new Date(harness.now().getTime() + 10 * MINUTE_MS);
        await settle(
          { id: off!.id, state: 'pending', error: 'busy', nextAt },
          { id: lost!.id, state: 'failed', error: 'refused', nextAt },
        );
        await harness.pass(5 * MINUTE_MS);
        expect(await take()).toEqual([]);
        await harness.pass(5 * MINUTE_MS);
        expect(await take()).toMatchObject([{ message: { id: off!.id }, attempts: 1 }]);
        expect(await store().countPending()).toEqual([{ channel: 'push', count: 1 }]);
        expect(await harness.told()).toEqual([]);
      });
    });

    describe('inbox', () => {
      it('pages newest first through messages of one moment, too, and shows nobody else’s', async () => {
        const { userId } = somebody();
        const [old, twin, other] = [message(userId, 'inbox', 9_000), message(userId, 'inbox', 5_000), somebody()];
        const same = { ...message(userId, 'inbox'), createdAt: twin.createdAt };
        const newest = message(userId, 'inbox', 1_000);
        await added(newest, twin, old, same, message(other.userId, 'inbox'), message(userId, 'push'));
        const expected = [newest, ...[twin, same].toSorted((a, b) => (a.id < b.id ? 1 : -1)), old].map(({ id }) => id);
        const seen: string[] = [];
        let after: Awaited<ReturnType<ReturnType<typeof store>['inbox']>>['next'];
        do {
          const page = await store().inbox(userId, 1, after);
          seen.push(...page.items.map(({ id }) => id));
          after = page.next;
        } while (after);
        expect(seen).toEqual(expected);
        expect((await store().inbox(userId, 4, undefined)).next).toBeUndefined();
      });
    });
  });
}
