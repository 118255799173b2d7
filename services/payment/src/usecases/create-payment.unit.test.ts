import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { actsOn } from '../../test/support/acts.ts';
import { createWorld } from '../../test/support/world.ts';
import { createPayment } from './create-payment.ts';
import type { CreatePayment } from './create-payment.ts';
import { startStep } from './start-step.ts';

const fare = { amount: 1_000, currency: 'EUR' };

/** A completed trip by a method with that token, of which nothing has been heard. */
async function unheard(token: string) {
  const { deps } = createWorld().start();
  const acts = actsOn(deps);
  const riderId = randomUUID();
  const methodId = await acts.method(riderId, token);
  const news = acts.news({ tripId: randomUUID(), riderId, methodId, driverId: randomUUID() });
  const state = {
    status: 'completed',
    riderId,
    driverId: news.driverId,
    methodId,
    fare,
    due: fare,
    tariffVersion: 'porto.tariff.v1',
    lines: [{ kind: 'base', amount: fare }],
  } as const;
  const request: CreatePayment = { tripId: news.tripId, riderId, methodId: null, amount: null };
  /** The trip is asked about, and while it answers, `meanwhile` happens. */
  const whileAsked = (meanwhile: () => Promise<unknown>) => ({
    ...deps,
    trips: { stateOf: () => meanwhile().then(() => state) },
  });
  return { deps, acts, news, request, whileAsked };
}

test('createPayment, while the trip’s own event opens the payment, is refused as it would be after it', async () => {
  const { deps, news, request, whileAsked } = await unheard('tok_ok');
  const paying = createPayment(
    whileAsked(() => news.completed()),
    startStep(deps),
    request,
  );
  await expect(paying).rejects.toMatchObject({ code: 'PAYMENT_EXISTS' });
});

test('createPayment, while the trip’s own event leaves a debt, pays the debt', async () => {
  const { deps, acts, news, request, whileAsked } = await unheard('tok_declined');
  const methodId = await acts.method(news.riderId, 'tok_ok');
  const meanwhile = async () => {
    await news.completed();
    await acts.carryOut(news.tripId, () => ({ outcome: 'refused', code: 'card_declined' }));
  };
  const view = await createPayment(whileAsked(meanwhile), startStep(deps), { ...request, methodId });
  expect(view).toMatchObject({ status: 'captured', captured: fare });
});

test('createPayment, of another rider’s trip that is opened meanwhile, tells nothing of it', async () => {
  const { deps, news, request, whileAsked } = await unheard('tok_ok');
  const foreign = { ...request, riderId: randomUUID() };
  const paying = createPayment(
    whileAsked(() => news.completed()),
    startStep(deps),
    foreign,
  );
  await expect(paying).rejects.toMatchObject({ code: 'TRIP_NOT_FOUND' });
});

test('createPayment, resumed while another process holds its operation, answers that nobody knows', async () => {
  const { deps, acts, news, request } = await unheard('tok_declined');
  await news.completed();
  await acts.carryOut(news.tripId, () => ({ outcome: 'refused', code: 'card_declined' }));
  const methodId = await acts.method(news.riderId, 'tok_ok');
  const operation = startStep<never>(deps);
  // the first try has leased its hold, and its process is gone
  const gone = { ...deps, gateway: { ...deps.gateway, authorize: () => new Promise<never>(() => undefined) } };
  const dead = { ...gone, scheduler: { sleep: () => new Promise<never>(() => undefined) } };
  const leased = new Promise<void>((resolve) => {
    const { operations } = deps;
    const lease: typeof operations.lease = async (options) => {
      const ops = await operations.lease(options);
      resolve();
      return ops;
    };
    void createPayment({ ...dead, operations: { ...operations, lease } }, operation, { ...request, methodId });
  });
  await leased;
  expect(await createPayment(deps, operation, { ...request, methodId })).toMatchObject({ status: 'unknown' });
});
