import { expect, test } from '@jest/globals';
import { userDeactivated } from '@rideshare/contracts';
import { createMemoryServer } from '@rideshare/memory';
import { appendToOutbox } from './outbox.ts';
import { newEvent } from './outgoing-event.ts';
import { outboxChannel } from './outbox-store.ts';
import { waitingEvents } from './memory-outbox.ts';

const at = new Date('2026-03-01T12:00:00.000Z');
const server = () => createMemoryServer({ clock: { now: () => at } });
const eventOf = (n: number) => {
  const userId = `019c0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const fields = { id: userId, sequence: 1, occurredAt: at, source: 'user' };
  return newEvent(userDeactivated, { ...fields, data: { userId, by: 'self' } });
};

test('an outbox in memory, appended to by several transactions, keeps the order of the appends of those that commit', async () => {
  const database = server().connect();
  let told = 0;
  database.listen(outboxChannel(database.schema), () => (told += 1));
  const append = (...numbers: readonly number[]) =>
    database.transaction((tx) => {
      appendToOutbox(tx, numbers.map(eventOf));
    });
  await append(2, 1);
  const failing = database.transaction((tx) => {
    appendToOutbox(tx, [eventOf(3)]);
    throw new Error('the change was refused');
  });
  await expect(failing).rejects.toThrow('refused');
  await append();
  await append(5, 4);
  expect(await waitingEvents(database)).toEqual([2, 1, 5, 4].map(eventOf));
  expect(told).toBe(2);
});

test('an outbox in memory, given an event that it has, refuses the transaction', async () => {
  const database = server().connect();
  const twice = database.transaction((tx) => {
    appendToOutbox(tx, [eventOf(1)]);
    appendToOutbox(tx, [eventOf(1)]);
  });
  await expect(twice).rejects.toMatchObject({ code: 'EVENT_DUPLICATE' });
  expect(await waitingEvents(database)).toEqual([]);
});

test('an outbox in memory belongs to one schema of its server', async () => {
  const shared = server();
  await shared.connect(undefined, 'trip').transaction((tx) => {
    appendToOutbox(tx, [eventOf(1)]);
  });
  expect(await waitingEvents(shared.connect(undefined, 'driver'))).toEqual([]);
  expect(await waitingEvents(shared.connect(undefined, 'trip'))).toHaveLength(1);
});
