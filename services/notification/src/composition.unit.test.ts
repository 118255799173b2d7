import { describe, expect, it } from '@jest/globals';
import { listNotifications, tripAccepted, tripCompleted, userRegistered } from '@rideshare/contracts';
import type { EventData, EventDefinition } from '@rideshare/contracts';
import { answerRequest } from '@rideshare/http';
import { createOperation } from '@rideshare/kernel/system';
import { createMemoryServer } from '@rideshare/memory';
import type { Interference } from '@rideshare/memory';
import { newEvent, waitingEvents } from '@rideshare/messaging';
import { createMetrics } from '@rideshare/observability';
import { fakeIds, manualScheduler, silentLogger } from '@rideshare/testing';
import { createMemoryCourier, createMemoryStores, createNotificationParts, messages } from './parts.ts';
import type { Courier, NotificationParts } from './parts.ts';

const AT = '2026-03-01T08:30:00.000Z';

/** The service in one process, with a provider, in time of their own. */
function createWorld() {
  const scheduler = manualScheduler();
  const { clock } = scheduler;
  const server = createMemoryServer({ clock });
  const provider = createMemoryCourier();
  const ids = fakeIds();
  const start = (courier: Courier = provider, interfere?: Interference): NotificationParts =>
    createNotificationParts({
      stores: (hooks) => createMemoryStores(server.connect(interfere), hooks),
      couriers: { email: courier, sms: courier, push: courier },
      clock,
      random: { next: () => 0.5, integer: () => 0 },
      scheduler,
      logger: silentLogger,
      metrics: createMetrics({ service: 'notification', version: '0' }),
    });
  /** Hands an event to a process as its consumer would. */
  const tell = async <Definition extends EventDefinition>(
    parts: NotificationParts,
    definition: Definition,
    data: EventData<Definition>,
    sequence = 1,
    id = ids.next(),
  ): Promise<void> => {
    const { envelope } = newEvent(definition, { id, sequence, occurredAt: new Date(AT), data, source: 'test' });
    const operation = createOperation({ seed: id, at: new Date(AT) });
    const subscription = parts.subscriptions.find((each) => each.definition.type === envelope.type);
    await subscription?.handle(envelope, { ...operation, attempt: 1, headers: {} });
  };
  const person = async (parts: NotificationParts): Promise<string> => {
    const userId = ids.next();
    await tell(parts, userRegistered, {
      userId,
      email: 'ana@example.org',
      firstName: 'Ana',
      lastName: 'Silva',
      phone: null,
      language: 'en',
      roles: ['rider'],
      status: 'active',
      notifications: { email: true, sms: true, push: true },
    });
    return userId;
  };
  const accepted = (riderId: string) => ({
    tripId: ids.next(),
    riderId,
    driverId: ids.next(),
    offerId: ids.next(),
    slotEpoch: 1,
    acceptedAt: AT,
  });
  const files = () => server.connect().read((reader) => reader.all(messages));
  return { scheduler, server, provider, ids, start, tell, person, accepted, files };
}

describe('createNotificationParts, over stores in memory', () => {
  it('tells a person what happened, once, in the inbox and where they asked for it', async () => {
    const world = createWorld();
    const parts = world.start();
    const [{ loop }] = parts.startLoops() as [ReturnType<typeof parts.startLoops>[0]];
    await world.scheduler.settle();
    const riderId = await world.person(parts);
    const driverId = await world.person(parts);
    const trip = world.accepted(riderId);
    const id = world.ids.next();
    await world.tell(parts, tripAccepted, trip, 1, id);
    await world.tell(parts, tripAccepted, trip, 1, id);
    const fare = { amount: 1_000, currency: 'EUR' };
    const { tripId, offerId } = trip;
    const paid = { paymentMethodId: null, quoteId: world.ids.next(), quoted: fare, lines: [], total: fare };
    const way = { distanceM: 1_000, durationS: 300, tariffVersion: 'porto.tariff.v1', completedAt: AT };
    await world.tell(parts, tripCompleted, { tripId, riderId, driverId, offerId, ...paid, ...way }, 2);
    await world.scheduler.settle();
    const got = world.provider
      .posted()
      .map(({ message }) => [message.userId === riderId, message.kind, message.channel]);
    expect(got.toSorted()).toEqual([
      [false, 'trip_completed', 'email'],
      [false, 'trip_completed', 'push'],
      [true, 'trip_accepted', 'push'],
      [true, 'trip_completed', 'email'],
      [true, 'trip_completed', 'push'],
    ]);
    // those that were posted, and three in inboxes
    expect(await waitingEvents(world.server.connect())).toHaveLength(8);
    const answer = await answerRequest(
      parts.endpoints.find(({ route }) => route.id === listNotifications.id)!,
      {
        principal: { kind: 'user', userId: riderId, roles: ['rider'] },
        requestId: 'request',
        address: '127.0.0.1',
        headers: {},
        rawBody: Buffer.alloc(0),
        params: {},
        query: {},
        body: {},
      },
      {
        environment: 'test',
        clock: world.scheduler.clock,
        ids: world.ids,
        problemAnswer: ({ code }) => ({ status: 0, headers: {}, body: { code } }),
      },
    );
    expect(answer.response).toMatchObject({ status: 200, body: { items: [{ tripId }, { tripId }] } });
    await loop.stop();
  });

  it('waits for an account that has not been heard of', async () => {
    const world = createWorld();
    const telling = world.tell(world.start(), tripAccepted, world.accepted(world.ids.next()));
    await expect(telling).rejects.toMatchObject({ code: 'CONTACT_UNKNOWN', retryable: true });
  });

  it('tries a provider that is down again, ever later, and gives up in the end', async () => {
    const world = createWorld();
    let tries = 0;
    const parts = world.start({
      send: () => {
        tries += 1;
        return Promise.reject(new Error('down'));
      },
    });
    parts.startLoops();
    await world.tell(parts, tripAccepted, world.accepted(await world.person(parts)));
    await world.scheduler.advance(4_000);
    expect(tries).toBe(1);
    await world.scheduler.advance(600_000);
    expect(tries).toBe(6);
    const states = (await world.files()).map(({ message: { channel }, state }) => [channel, state]);
    expect(states).toEqual([
      ['inbox', 'sent'],
      ['push', 'failed'],
    ]);
  });

  it('killed at any step of a delivery, has it delivered by another', async () => {
    const never = new Promise<never>(() => undefined);
    for (let lifetime = 0; lifetime < 8; lifetime += 1) {
      const world = createWorld();
      const survivor = world.start();
      await world.tell(survivor, tripAccepted, world.accepted(await world.person(survivor)));
      let steps = 0;
      const live = () => ((steps += 1) > lifetime ? never : Promise.resolve());
      const victim = world.start({ send: (...letter) => live().then(() => world.provider.send(...letter)) }, live);
      victim.startLoops();
      await world.scheduler.advance(2_000);
      survivor.startLoops();
      await world.scheduler.advance(70_000);
      expect(world.provider.posted()).toHaveLength(1);
      expect((await world.files()).map(({ state }) => state)).toEqual(['sent', 'sent']);
      expect(await waitingEvents(world.server.connect())).toHaveLength(2);
    }
  });
});
