import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { addPaymentMethod, refundPayment } from '@rideshare/contracts';
import fc from 'fast-check';
import { eur, tripOf } from '../test/support/running-payment.ts';
import { callerOf, createWorld, tellerOf } from '../test/support/world.ts';
import type { PaymentParts } from './parts.ts';
import { sandboxOperations } from './parts.ts';

type World = ReturnType<typeof createWorld>;

const SECOND_MS = 1_000;

async function riding(parts: PaymentParts, token: string) {
  const riderId = randomUUID();
  const { body } = await callerOf(parts)(addPaymentMethod, riderId, { body: { gateway: 'sandbox', token } });
  return tripOf(tellerOf(parts), { riderId, methodId: (body as { readonly id: string }).id });
}

/** What the gateway has done, in order. */
async function doneBy({ server }: World): Promise<string[]> {
  const all = await server.connect(undefined, 'sandbox').read((reader) => reader.all(sandboxOperations));
  return all.filter(({ state }) => state === 'done').map(({ kind }) => kind);
}

async function stop(world: World, loops: ReturnType<PaymentParts['startLoops']>): Promise<void> {
  const stopping = Promise.all(loops.map(({ loop }) => loop.stop()));
  await world.scheduler.advance(SECOND_MS);
  await stopping;
}

const DOUBTFUL = ['tok_timeout_before', 'tok_timeout_after', 'tok_5xx_after'] as const;

test.each(DOUBTFUL)('a hold by %s, in doubt when its trip ends, is let go and nothing is taken', async (token) => {
  const world = createWorld();
  const parts = world.start();
  const loops = parts.startLoops();
  const trip = await riding(parts, token);
  await trip.request();
  await world.scheduler.settle();
  await trip.expire();
  await world.scheduler.advance(180 * SECOND_MS);
  expect(await parts.deps.payments.find(trip)).toMatchObject({ status: 'voided', captured: eur(0) });
  expect([[], ['authorize', 'void']]).toContainEqual(await doneBy(world));
  await stop(world, loops);
});

test.each(DOUBTFUL)('a hold by %s, in doubt when its ride is over, is taken from once', async (token) => {
  const world = createWorld();
  const parts = world.start();
  const loops = parts.startLoops();
  const trip = await riding(parts, token);
  await trip.request();
  await world.scheduler.settle();
  await trip.complete();
  await world.scheduler.advance(180 * SECOND_MS);
  expect(await parts.deps.payments.find(trip)).toMatchObject({ status: 'captured', captured: eur(1_000) });
  expect(await doneBy(world)).toEqual(['authorize', 'capture']);
  await stop(world, loops);
});

test('refunds that race in two processes, give back no more than was taken', async () => {
  const amounts = fc.array(fc.option(fc.integer({ min: 1, max: 700 })), { minLength: 2, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), amounts, async (scheduler, wanted) => {
      const world = createWorld();
      const parts = world.start();
      const loops = parts.startLoops();
      const trip = await riding(parts, 'tok_ok');
      await trip.request();
      await trip.complete();
      await world.scheduler.advance(10 * SECOND_MS);
      const payment = await parts.deps.payments.find(trip);
      const racing = () => world.start({ interfere: (step) => scheduler.schedule(Promise.resolve(), step) });
      const processes = [racing(), racing()];
      const admin = randomUUID();
      const refund = async (amount: number | null, process: PaymentParts): Promise<number> => {
        const body = { paymentId: payment!.id, reason: 'race', ...(amount === null ? {} : { amount: eur(amount) }) };
        try {
          const answer = await callerOf(process)(refundPayment, admin, { body });
          return (answer.body as { readonly amount: { readonly amount: number } }).amount.amount;
        } catch (error) {
          expect(error).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURE' });
          return 0;
        }
      };
      const asked = wanted.map((amount, index) => refund(amount, processes[index % 2]!));
      const given = (await scheduler.waitFor(Promise.all(asked))).reduce((sum, amount) => sum + amount, 0);
      expect(given).toBeLessThanOrEqual(1_000);
      // an amount of "the rest" leaves nothing that anybody could still have had
      if (wanted.includes(null)) expect(given).toBe(1_000);
      await world.scheduler.advance(30 * SECOND_MS);
      expect((await parts.deps.payments.find(trip))?.refunded).toEqual(eur(given));
      await stop(world, loops);
    }),
    { numRuns: 15 },
  );
});
