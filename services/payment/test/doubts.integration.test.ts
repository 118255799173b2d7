import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '@rideshare/config';
import { AppError } from '@rideshare/kernel';
import { signWebhook } from '../src/signing.ts';
import type { PaymentGateway } from '../src/usecases/ports.ts';
import { eur, eventually, startPayment, WEBHOOK_SECRET } from './support/running-payment.ts';
import type { RunningPayment } from './support/running-payment.ts';

/** What the network between us and the gateway does. */
const network = { sendsLost: false, queriesLost: false, sends: 0, queries: 0 };
const lost = () => Promise.reject(new AppError('LOST', 'unavailable', 'no answer'));
let running: RunningPayment;

function throughNetwork(sandbox: PaymentGateway): PaymentGateway {
  return {
    ...sandbox,
    authorize: (request) => {
      network.sends += 1;
      return network.sendsLost ? lost() : sandbox.authorize(request);
    },
    refund: (request) => (network.sendsLost ? lost() : sandbox.refund(request)),
    query: (key) => {
      network.queries += 1;
      return network.queriesLost ? lost() : sandbox.query(key);
    },
  };
}

beforeAll(async () => {
  running = await startPayment(
    { gateway: throughNetwork },
    { PSP_HORIZON_MS: '300', GOAL_SWEEP_INTERVAL_MS: '50', GOAL_SWEEP_AGE_MS: '200' },
  );
});

afterAll(async () => {
  await running.close();
});

async function opsOf(tripId: string) {
  const { rows } = await running.database.query<{
    id: string;
    op: string;
    state: string;
    code: string;
    sends: number;
    psp_key: string;
  }>(
    `select o.id, o.op, o.state, o.code, o.sends, o.psp_key from payment_ops o join payments p on p.id = o.payment_id
     where p.trip_id = $1 order by o.position`,
    [tripId],
  );
  return rows;
}

test('a hold that nobody answers, is sent four times with one key and given up at the horizon', async () => {
  network.sendsLost = true;
  const trip = running.trip(await running.rider('tok_ok'));
  const before = network.sends;
  await trip.request();
  await running.reaches(trip.tripId, 'unknown');
  await running.reaches(trip.tripId, 'failed');
  network.sendsLost = false;
  expect(network.sends - before).toBe(4);
  expect(await opsOf(trip.tripId)).toMatchObject([{ op: 'hold', state: 'failed', code: 'GATEWAY_SILENT', sends: 4 }]);
  expect((await running.events(trip.tripId))[0]?.data).toMatchObject({ op: 'hold', code: 'GATEWAY_SILENT' });
});

test('a payment in doubt, blocks its capture until the doubt is gone', async () => {
  network.queriesLost = true;
  const trip = running.trip(await running.rider('tok_timeout_after'));
  await trip.request();
  await running.reaches(trip.tripId, 'unknown');
  await trip.complete();
  const queries = network.queries;
  await eventually(async () => (network.queries > queries + 2 ? true : undefined));
  expect((await opsOf(trip.tripId)).map(({ op, state }) => [op, state])).toEqual([['hold', 'unknown']]);
  network.queriesLost = false;
  await running.reaches(trip.tripId, 'captured');
});

test('a refund that nobody answers, is given back and can be asked for again', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.complete();
  const { id } = await running.reaches(trip.tripId, 'captured');
  const ask = async () =>
    running.request
      .post('/api/payments/refund')
      .set(await running.bearer(randomUUID(), ['support']))
      .send({ paymentId: id, reason: 'a reason' });
  network.sendsLost = true;
  expect((await ask()).status).toBe(201);
  await eventually(async () => ((await opsOf(trip.tripId)).at(-1)?.state === 'unknown' ? true : undefined));
  expect((await running.payment(trip.tripId))?.status).toBe('captured');
  expect((await ask()).body.code).toBe('REFUND_EXCEEDS_CAPTURE');
  await eventually(async () => ((await running.payment(trip.tripId))?.refund_reserved === 0 ? true : undefined));
  network.sendsLost = false;
  expect((await ask()).status).toBe(201);
  await running.reaches(trip.tripId, 'refunded');
});

async function tell(body: object, change: { at?: Date; secret?: string; signed?: object } = {}) {
  const text = JSON.stringify(body);
  const signature = signWebhook(
    new Secret(change.secret ?? WEBHOOK_SECRET),
    Buffer.from(JSON.stringify(change.signed ?? body)),
    change.at ?? new Date(),
  );
  return running.request
    .post('/api/payments/webhooks/sandbox')
    .set({ 'content-type': 'application/json', 'sandbox-signature': signature })
    .send(text);
}

test('a webhook, signed and new, has its operation asked about; repeated, it changes nothing', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  network.sendsLost = true;
  await trip.request();
  await running.reaches(trip.tripId, 'failed');
  network.sendsLost = false;
  const [hold] = await opsOf(trip.tripId);
  // what was given up reaches the gateway after all, and the gateway says so
  await running.database.query(
    `insert into sandbox_operations (key, kind, reference, token, amount, currency, state)
     values ($1, 'authorize', 'late', 'tok_ok', 1000, 'EUR', 'done')`,
    [hold?.psp_key],
  );
  const event = { id: randomUUID(), type: 'hold.done', key: hold?.psp_key };
  expect((await tell(event)).body).toEqual({ received: true });
  await eventually(async () => {
    const release = (await opsOf(trip.tripId)).find(({ op }) => op === 'release');
    return release?.state === 'done' ? true : undefined;
  });
  const queries = network.queries;
  expect((await tell(event)).status).toBe(200);
  expect(network.queries).toBe(queries);
  expect((await opsOf(trip.tripId)).map(({ op, code }) => [op, code])).toEqual([
    ['hold', 'FOUND_LATE'],
    ['release', null],
  ]);
});

test('a webhook, badly signed, stale or without an id, is refused', async () => {
  const event = { id: randomUUID(), key: 'nothing' };
  const codeOf = async (answer: ReturnType<typeof tell>) => {
    const { status, body } = await answer;
    return [status, body.code as string];
  };
  const invalid = [401, 'WEBHOOK_SIGNATURE_INVALID'];
  expect(await codeOf(tell(event, { secret: 'another secret altogether' }))).toEqual(invalid);
  expect(await codeOf(tell(event, { signed: { ...event, key: 'other' } }))).toEqual(invalid);
  expect(await codeOf(tell(event, { at: new Date(Date.now() - 301_000) }))).toEqual(invalid);
  expect(await codeOf(tell(event, { at: new Date(Date.now() + 302_000) }))).toEqual(invalid);
  const unsigned = await running.request.post('/api/payments/webhooks/sandbox').send(event);
  expect([unsigned.status, unsigned.body.code]).toEqual(invalid);
  expect(await codeOf(tell({ id: 7 }))).toEqual([422, 'WEBHOOK_INVALID']);
  expect((await tell(event)).status).toBe(200);
  const elsewhere = await running.request.post('/api/payments/webhooks/stripe').send(event);
  expect(elsewhere.status).toBe(422);
});

test('a payment on hold, whose trip ended unheard, follows the trip', async () => {
  const rider = await running.rider('tok_ok');
  const state = {
    riderId: rider.riderId,
    driverId: randomUUID(),
    methodId: rider.methodId,
    fare: eur(1_000),
    tariffVersion: 'porto.tariff.v1',
    lines: [],
  };
  const [completed, cancelled, expired, under, unknown] = [1, 2, 3, 4, 5].map(() => running.trip(rider));
  for (const trip of [completed, cancelled, expired, under, unknown]) {
    await trip!.request();
    await running.reaches(trip!.tripId, 'authorized');
  }
  const lines = [{ kind: 'base', amount: eur(900) }] as const;
  running.trips.set(completed!.tripId, { ...state, status: 'completed', due: eur(900), lines });
  running.trips.set(cancelled!.tripId, { ...state, status: 'cancelled', due: eur(250) });
  running.trips.set(expired!.tripId, { ...state, status: 'expired', due: eur(0) });
  running.trips.set(under!.tripId, { ...state, status: 'in_progress', due: null });
  expect(await running.reaches(completed!.tripId, 'captured')).toMatchObject({ captured: 900 });
  expect(await running.reaches(cancelled!.tripId, 'captured')).toMatchObject({ captured: 250 });
  await running.reaches(expired!.tripId, 'voided');
  expect((await running.payment(under!.tripId))?.goal).toBe('hold');
  expect((await running.payment(unknown!.tripId))?.goal).toBe('hold');
});
