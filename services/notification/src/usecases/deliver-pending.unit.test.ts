import { describe, expect, it } from '@jest/globals';
import type { Message } from '../domain/message.ts';
import { deliverPending } from './deliver-pending.ts';
import type { Courier, DeliveryOutcome, PendingMessage } from './ports.ts';

const now = new Date('2026-03-01T08:30:00Z');

function pending(id: string, channel: Message['channel'], attempts = 0): PendingMessage {
  const message: Message = {
    id,
    userId: 'rider',
    kind: 'trip_completed',
    channel,
    template: 't.v1',
    title: 'title',
    body: 'body',
    tripId: null,
    aboutEventId: 'event',
    correlationId: 'trip',
    createdAt: now,
  };
  return { message, recipient: { userId: 'rider', email: 'ana@example.org', phone: null }, attempts };
}

function run(waiting: readonly PendingMessage[], courier: Courier) {
  const settled: DeliveryOutcome[] = [];
  const signals: string[] = [];
  const more = deliverPending({
    messages: {
      takePending: () => Promise.resolve(waiting),
      settle: (outcomes) => {
        settled.push(...outcomes);
        return Promise.resolve();
      },
      add: () => Promise.resolve(),
      inbox: () => Promise.resolve({ items: [], next: undefined }),
      countPending: () => Promise.resolve([]),
    },
    couriers: { email: courier, sms: courier, push: courier },
    clock: { now: () => now },
    random: { next: () => 0.5, integer: () => 0 },
    signals: {
      delivered: (channel) => signals.push(`delivered ${channel}`),
      deliveryFailed: (channel, givenUp) => signals.push(`failed ${channel}${givenUp ? ' for good' : ''}`),
    },
  });
  return more.then((result) => ({ more: result, settled, signals }));
}

const takes: Courier = { send: () => Promise.resolve() };
const refuses: Courier = { send: () => Promise.reject(new Error('no')) };

describe('deliverPending', () => {
  it('with nothing to do settles nothing', async () => {
    expect(await run([], takes)).toEqual({ more: false, settled: [], signals: [] });
  });

  it('marks what a channel took as sent', async () => {
    const { settled, signals } = await run([pending('a', 'email'), pending('b', 'push')], takes);
    expect(settled).toEqual([
      { id: 'a', state: 'sent' },
      { id: 'b', state: 'sent' },
    ]);
    expect(signals).toEqual(['delivered email', 'delivered push']);
  });

  it('puts a refused message off, longer each time, and gives it up after the sixth attempt', async () => {
    const { settled } = await run([pending('a', 'sms', 0), pending('b', 'sms', 3), pending('c', 'sms', 5)], refuses);
    const waits = settled.map((outcome) => (outcome.state === 'sent' ? 0 : outcome.nextAt.getTime() - now.getTime()));
    expect(settled.map(({ state }) => state)).toEqual(['pending', 'pending', 'failed']);
    expect(waits[0]).toBe(5_000);
    expect(waits[1]).toBe(40_000);
  });

  it('does not hold up the others for one that fails', async () => {
    const courier: Courier = { send: ({ id }) => (id === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve()) };
    const { settled, signals } = await run([pending('bad', 'email'), pending('good', 'email')], courier);
    expect(settled.map(({ id, state }) => [id, state])).toEqual([
      ['bad', 'pending'],
      ['good', 'sent'],
    ]);
    expect(signals).toEqual(['failed email', 'delivered email']);
  });

  it('asks to run again when the batch was full', async () => {
    const full = Array.from({ length: 100 }, (_unused, index) => pending(String(index), 'push'));
    expect((await run(full, takes)).more).toBe(true);
  });
});
