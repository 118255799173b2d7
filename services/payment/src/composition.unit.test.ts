import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { addPaymentMethod, createPayment, getRiderStanding, receiveWebhook, refundPayment } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Interference } from '@rideshare/memory';
import { waitingEvents } from '@rideshare/messaging';
import fc from 'fast-check';
import { eur, tripOf } from '../test/support/running-payment.ts';
import { callerOf, createWorld, tellerOf, WEBHOOK_SECRET } from '../test/support/world.ts';
import { ledgerJournals, sandboxOperations, signWebhook } from './parts.ts';
import type { PaymentParts } from './parts.ts';

type World = ReturnType<typeof createWorld>;

async function addMethod(parts: PaymentParts, riderId: string, token: string): Promise<string> {
  const { status, body } = await callerOf(parts)(addPaymentMethod, riderId, { body: { gateway: 'sandbox', token } });
  expect(status).toBe(201);
  return (body as { readonly id: string }).id;
}

async function riding(parts: PaymentParts, token: string) {
  const riderId = randomUUID();
  return tripOf(tellerOf(parts), { riderId, methodId: await addMethod(parts, riderId, token) });
}

/** What the gateway has done, what was booked and what the others hear. */
async function effects({ server }: World) {
  const done = await server.connect(undefined, 'sandbox').read((reader) => reader.all(sandboxOperations));
  const database = server.connect(undefined, 'payment');
  const journals = await database.read((reader) => reader.all(ledgerJournals));
  return {
    gateway: done.filter(({ state }) => state === 'done').map(({ kind }) => kind),
    journals: journals.map(({ kind }) => kind),
    events: (await waitingEvents(database)).map(({ envelope }) => envelope.type),
  };
}

const CAPTURED = {
  gateway: ['authorize', 'capture'],
  journals: ['capture'],
  events: ['payment.authorized', 'payment.captured'],
};

/** Loops that have nothing to do any more are told to stop, and do. */
async function stop(world: World, loops: ReturnType<PaymentParts['startLoops']>): Promise<void> {
  const stopping = Promise.all(loops.map(({ loop }) => loop.stop()));
  await world.scheduler.advance(1_000);
  await stopping;
}

describe('createPaymentParts, over stores in memory', () => {
  test.each(['tok_ok', 'tok_timeout_before', 'tok_timeout_after', 'tok_5xx_after', 'tok_slow'])(
    'takes the fare of a trip by %s once',
    async (token) => {
      const world = createWorld();
      const parts = world.start();
      const loops = parts.startLoops();
      const trip = await riding(parts, token);
      await trip.request();
      await world.scheduler.advance(60_000);
      await trip.complete();
      await world.scheduler.advance(60_000);
      expect(await parts.deps.payments.find(trip)).toMatchObject({ status: 'captured', captured: eur(1_000) });
      expect(await effects(world)).toEqual(CAPTURED);
      expect(await parts.deps.census.countActive()).toBe(0);
      await stop(world, loops);
    },
  );

  test('carries out at once what an event has planned', async () => {
    const world = createWorld();
    const parts = world.start();
    const loops = parts.startLoops();
    await world.scheduler.settle();
    const trip = await riding(parts, 'tok_ok');
    await trip.request();
    await world.scheduler.settle();
    expect(await parts.deps.payments.find(trip)).toMatchObject({ status: 'authorized' });
    await stop(world, loops);
  });

  test('follows a trip whose end was never heard', async () => {
    const world = createWorld();
    const parts = world.start();
    const loops = parts.startLoops();
    const trip = await riding(parts, 'tok_ok');
    await trip.request();
    world.trips.set(trip.tripId, {
      status: 'expired',
      riderId: trip.riderId,
      driverId: null,
      methodId: trip.paymentMethodId,
      fare: eur(1_000),
      due: eur(0),
      tariffVersion: 'porto.tariff.v1',
      lines: [],
    });
    await world.scheduler.advance(7 * 60_000);
    expect(await parts.deps.payments.find(trip)).toMatchObject({ status: 'voided' });
    await stop(world, loops);
  });

  test('answers riders, services and the gateway', async () => {
    const world = createWorld();
    const parts = world.start();
    const loops = parts.startLoops();
    const call = callerOf(parts);
    const trip = await riding(parts, 'tok_declined');
    const { tripId, riderId } = trip;
    await trip.complete();
    await world.scheduler.advance(5_000);
    const standing = async () => (await call(getRiderStanding, undefined, { params: { id: riderId } })).body;
    expect(await standing()).toMatchObject({ outstanding: [{ tripId, amount: eur(1_000) }] });
    const methodId = await addMethod(parts, riderId, 'tok_ok');
    const paid = await call(createPayment, riderId, { body: { tripId, methodId } });
    expect(paid).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect(await standing()).toMatchObject({ outstanding: [] });
    const { id: paymentId } = paid.body as { readonly id: string };
    const refund = await call(refundPayment, randomUUID(), { body: { paymentId, reason: 'late' } });
    expect(refund).toMatchObject({ status: 201, body: { status: 'pending', amount: eur(1_000) } });
    await world.scheduler.advance(5_000);
    expect(await parts.deps.payments.find({ tripId })).toMatchObject({ status: 'refunded' });
    const rawBody = Buffer.from(JSON.stringify({ id: 'event', key: 'nothing' }));
    const headers = { 'sandbox-signature': signWebhook(WEBHOOK_SECRET, rawBody, world.scheduler.clock.now()) };
    const webhook = { params: { gateway: 'sandbox' }, headers, rawBody, body: { id: 'event', key: 'nothing' } };
    expect(await call(receiveWebhook, undefined, webhook)).toMatchObject({ status: 200, body: { received: true } });
    await stop(world, loops);
  });

  test('killed at any step, leaves one capture behind', async () => {
    const never = new Promise<never>(() => undefined);
    await fc.assert(
      fc.asyncProperty(fc.nat(24), fc.constantFrom('tok_ok', 'tok_timeout_after'), async (lifetime, token) => {
        const world = createWorld();
        const survivor = world.start();
        const trip = await riding(survivor, token);
        await trip.request();
        await trip.complete();
        let steps = 0;
        const live = () => ((steps += 1) > lifetime ? never : Promise.resolve());
        const calls = ['authorize', 'capture', 'query'] as const;
        const victim = world.start({
          interfere: live,
          gateway: (sandbox) => ({
            ...sandbox,
            ...Object.fromEntries(
              calls.map((name) => [
                name,
                async (request: never) => {
                  await live();
                  const answer: unknown = await sandbox[name](request);
                  await live();
                  return answer;
                },
              ]),
            ),
          }),
        });
        victim.startLoops();
        await world.scheduler.advance(10_000);
        const loops = survivor.startLoops();
        await world.scheduler.advance(60_000);
        expect(await effects(world)).toEqual(CAPTURED);
        await stop(world, loops);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('whose commits are stored and their answers lost, takes the fare once', async () => {
    const world = createWorld();
    let commits = 0;
    const interfere: Interference = (step) => {
      if (step !== 'committed') return Promise.resolve();
      commits += 1;
      return commits % 3 === 0 ? Promise.reject(new AppError('LOST', 'unavailable', 'cut')) : Promise.resolve();
    };
    const trip = await riding(world.start(), 'tok_ok');
    await trip.request();
    await trip.complete();
    const loops = world.start({ interfere }).startLoops();
    await world.scheduler.advance(120_000);
    expect(commits).toBeGreaterThan(3);
    expect(await effects(world)).toEqual(CAPTURED);
    await stop(world, loops);
  });
});
