import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eur, eventually, startPayment } from './support/running-payment.ts';
import type { RunningPayment, TestTrip } from './support/running-payment.ts';

let running: RunningPayment;

beforeAll(async () => {
  running = await startPayment();
});

afterAll(async () => {
  await running.close();
});

async function addMethod(riderId: string, token: string): Promise<string> {
  const headers = await running.bearer(riderId);
  const { body } = await running.request
    .post('/api/payments/methods')
    .set(headers)
    .send({ gateway: 'sandbox', token, default: true })
    .expect(201);
  return body.id as string;
}

async function pay(trip: { tripId: string; riderId: string }, body: object = {}, headers: Record<string, string> = {}) {
  return running.request
    .post('/api/payments')
    .set(await running.bearer(trip.riderId))
    .set(headers)
    .send({ tripId: trip.tripId, ...body });
}

/** A completed ride that nobody would pay for. */
async function indebted(): Promise<TestTrip> {
  const trip = running.trip(await running.rider('tok_declined'));
  await trip.complete();
  await running.reaches(trip.tripId, 'failed');
  return trip;
}

async function capturedTrip(totalMinor = 1_000): Promise<TestTrip & { readonly paymentId: string }> {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.complete(totalMinor);
  const { id } = await running.reaches(trip.tripId, 'captured');
  return { ...trip, paymentId: id };
}

test('a payment, for its rider and an administrator, can be read; for others it is not there', async () => {
  const trip = await capturedTrip();
  const read = async (userId: string, roles: readonly ('rider' | 'admin' | 'support')[] = ['rider']) => {
    const headers = await running.bearer(userId, roles);
    const one = await running.request.get(`/api/payments/${trip.paymentId}`).set(headers);
    const page = await running.request.get(`/api/payments?tripId=${trip.tripId}`).set(headers).expect(200);
    return { one, items: page.body.items as unknown[] };
  };
  const own = await read(trip.riderId);
  expect(own.one.body).toEqual({
    id: trip.paymentId,
    tripId: trip.tripId,
    status: 'captured',
    amount: eur(1_000),
    captured: eur(1_000),
    refunded: eur(0),
    method: { kind: 'card', id: trip.paymentMethodId, last4: '4242' },
  });
  expect(own.items).toEqual([own.one.body]);
  expect((await read(randomUUID(), ['rider', 'admin'])).items).toHaveLength(1);
  for (const roles of [['rider'], ['rider', 'support']] as const) {
    const foreign = await read(randomUUID(), roles);
    expect([foreign.one.status, foreign.one.body.code, foreign.items]).toEqual([404, 'PAYMENT_NOT_FOUND', []]);
  }
  expect((await running.request.get('/api/payments').set(await running.bearer(trip.riderId))).status).toBe(422);
});

test('paying a debt, with a method that works, captures it and clears the rider', async () => {
  const trip = await indebted();
  const authorization = `Bearer ${await running.keys.serviceTokens('trip').issue()}`;
  const standing = async () =>
    (await running.request.get(`/internal/riders/${trip.riderId}/standing`).set({ authorization })).body.outstanding;
  expect(await standing()).toEqual([{ tripId: trip.tripId, amount: eur(1_000) }]);
  const methodId = await addMethod(trip.riderId, 'tok_ok');
  const key = { 'idempotency-key': randomUUID() };
  const paid = await pay(trip, { methodId, amount: eur(1_000) }, key);
  expect([paid.status, paid.body.status, paid.body.captured]).toEqual([201, 'captured', eur(1_000)]);
  expect(await standing()).toEqual([]);
  const again = await pay(trip, { methodId, amount: eur(1_000) }, key);
  expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([201, 'true', paid.body]);
  expect((await running.events(trip.tripId)).at(-1)?.data).toMatchObject({ kind: 'debt', driverShare: eur(720) });
  expect(await running.balance(`rider:${trip.riderId}:debt`)).toBe(0);
  const late = await pay(trip);
  expect([late.status, late.body.code]).toEqual([409, 'PAYMENT_EXISTS']);
});

test('paying a debt, declined once more, leaves it and can be tried again', async () => {
  const trip = await indebted();
  const key = { 'idempotency-key': randomUUID() };
  const declined = await pay(trip, {}, key);
  expect([declined.status, declined.body.code]).toEqual([409, 'PAYMENT_DECLINED']);
  expect((await pay(trip, {}, key)).headers['idempotency-replayed']).toBe('true');
  expect(await running.payment(trip.tripId)).toMatchObject({ status: 'failed', outstanding: 1_000 });
  await addMethod(trip.riderId, 'tok_ok');
  expect((await pay(trip)).body.status).toBe('captured');
});

test('paying a debt, by a method in doubt, answers unknown and comes true later', async () => {
  const trip = await indebted();
  await addMethod(trip.riderId, 'tok_timeout_after');
  const paid = await pay(trip);
  expect([paid.status, paid.body.status]).toEqual([201, 'unknown']);
  expect((await pay(trip)).body.code).toBe('PAYMENT_EXISTS');
  await running.reaches(trip.tripId, 'captured');
});

test('paying a debt, ten times at once, captures it once', async () => {
  const trip = await indebted();
  await addMethod(trip.riderId, 'tok_ok');
  const answers = await Promise.all(Array.from({ length: 10 }, () => pay(trip)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === 'PAYMENT_EXISTS')).toHaveLength(9);
  expect(await running.payment(trip.tripId)).toMatchObject({ captured: 1_000, outstanding: 0 });
});

test('paying, what is not owed so or not by the caller, is refused', async () => {
  const trip = await indebted();
  const other = (await running.rider('tok_ok')).methodId;
  const codes = async (answer: ReturnType<typeof pay>) => {
    const { status, body } = await answer;
    return [status, body.code as string];
  };
  expect(await codes(pay(trip, { amount: eur(999) }))).toEqual([422, 'PAYMENT_AMOUNT_MISMATCH']);
  expect(await codes(pay(trip, { methodId: other }))).toEqual([404, 'PAYMENT_METHOD_NOT_FOUND']);
  expect(await codes(pay({ ...trip, riderId: randomUUID() }))).toEqual([404, 'TRIP_NOT_FOUND']);
  expect(await codes(pay({ ...trip, tripId: randomUUID() }))).toEqual([404, 'TRIP_NOT_FOUND']);
  expect(await codes(pay(await capturedTrip()))).toEqual([409, 'PAYMENT_EXISTS']);
  const cash = running.trip(await running.rider());
  await cash.complete();
  await running.reaches(cash.tripId, 'captured');
  expect(await codes(pay(cash))).toEqual([409, 'PAYMENT_EXISTS']);
});

test('paying, as a service, pays for whichever rider owes', async () => {
  const trip = await indebted();
  await addMethod(trip.riderId, 'tok_ok');
  const authorization = `Bearer ${await running.keys.serviceTokens('trip').issue()}`;
  const { status } = await running.request.post('/api/payments').set({ authorization }).send({ tripId: trip.tripId });
  expect(status).toBe(201);
});

test('paying, for a trip whose events have not arrived, opens its payment as they would', async () => {
  const { riderId, methodId } = await running.rider('tok_ok');
  const state = {
    status: 'completed',
    riderId,
    driverId: randomUUID(),
    methodId,
    fare: eur(1_000),
    due: eur(1_000),
    tariffVersion: 'porto.tariff.v1',
    lines: [{ kind: 'base', amount: eur(1_000) }],
  } as const;
  const open = (change: object = {}) => {
    const tripId = randomUUID();
    running.trips.set(tripId, { ...state, ...change });
    return { tripId, riderId };
  };
  const completed = open();
  expect((await pay(completed)).status).toBe(201);
  await running.reaches(completed.tripId, 'captured');
  const underWay = open({ status: 'in_progress', due: null, lines: [] });
  expect((await pay(underWay, { methodId })).status).toBe(201);
  await running.reaches(underWay.tripId, 'authorized');
  expect((await pay(open(), { amount: eur(1) })).body.code).toBe('PAYMENT_AMOUNT_MISMATCH');
  expect((await pay(open({ status: 'cancelled', due: eur(0), lines: [] }))).body.code).toBe('PAYMENT_EXISTS');
  expect((await pay({ ...open(), riderId: randomUUID() })).body.code).toBe('TRIP_NOT_FOUND');
});

async function refund(paymentId: string, body: object = {}, headers: Record<string, string> = {}) {
  return running.request
    .post('/api/payments/refund')
    .set(await running.bearer(randomUUID(), ['rider', 'support']))
    .set(headers)
    .send({ paymentId, reason: 'the ride was not as promised', ...body });
}

test('a refund, in part and then of the rest, goes back and is booked', async () => {
  const trip = await capturedTrip();
  const part = await refund(trip.paymentId, { amount: eur(300) });
  expect(part.status).toBe(201);
  expect(part.body).toMatchObject({ paymentId: trip.paymentId, amount: eur(300), status: 'pending' });
  await running.reaches(trip.tripId, 'partially_refunded');
  expect((await refund(trip.paymentId)).body.amount).toEqual(eur(700));
  expect(await running.reaches(trip.tripId, 'refunded')).toMatchObject({ refunded: 1_000, version: 4 });
  expect(await running.balance(`driver:${trip.driverId}:payable`)).toBe(0);
  const over = await refund(trip.paymentId, { amount: eur(1) });
  expect([over.status, over.body.code]).toEqual([409, 'REFUND_EXCEEDS_CAPTURE']);
});

test('a refund, of the whole, twenty times at once, succeeds once', async () => {
  const trip = await capturedTrip();
  const answers = await Promise.all(Array.from({ length: 20 }, () => refund(trip.paymentId, { amount: eur(1_000) })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  expect(await running.reaches(trip.tripId, 'refunded')).toMatchObject({ refunded: 1_000, refund_reserved: 1_000 });
});

test('a refund, of cash, is done at once and owed to the rider', async () => {
  const trip = running.trip(await running.rider());
  await trip.complete();
  const { id } = await running.reaches(trip.tripId, 'captured');
  const answer = await refund(id, {}, { 'idempotency-key': randomUUID() });
  expect(answer.body).toMatchObject({ status: 'done', amount: eur(1_000) });
  expect(await running.payment(trip.tripId)).toMatchObject({ status: 'refunded' });
  expect(await running.balance(`rider:${trip.riderId}:payable`)).toBe(-1_000);
});

test('a refund, of what cannot be refunded, is refused', async () => {
  const trip = await capturedTrip();
  const pending = running.trip(await running.rider('tok_ok'));
  await pending.request();
  const { id } = await running.reaches(pending.tripId, 'authorized');
  const codeOf = async (answer: ReturnType<typeof refund>) => {
    const { status, body } = await answer;
    return [status, body.code as string];
  };
  expect(await codeOf(refund(id))).toEqual([409, 'PAYMENT_NOT_REFUNDABLE']);
  expect(await codeOf(refund(randomUUID()))).toEqual([404, 'PAYMENT_NOT_FOUND']);
  expect(await codeOf(refund(trip.paymentId, { amount: eur(0) }))).toEqual([422, 'REFUND_AMOUNT_INVALID']);
  const dollars = { amount: 1, currency: 'USD' };
  expect(await codeOf(refund(trip.paymentId, { amount: dollars }))).toEqual([422, 'REFUND_AMOUNT_INVALID']);
  const reason = 'card 4111 1111 1111 1111';
  expect(await codeOf(refund(trip.paymentId, { reason }))).toEqual([422, 'CARD_NUMBER_REFUSED']);
  const asRider = await running.request
    .post('/api/payments/refund')
    .set(await running.bearer(trip.riderId))
    .send({ paymentId: trip.paymentId, reason: 'mine' });
  expect(asRider.status).toBe(403);
});

test('the routes that move money, where a key is demanded, are refused without one', async () => {
  await running.restart({}, { PAYMENTS_REQUIRE_IDEMPOTENCY_KEY: '1' });
  const trip = await capturedTrip();
  expect((await pay(trip)).body.code).toBe('IDEMPOTENCY_KEY_REQUIRED');
  expect((await refund(trip.paymentId)).body.code).toBe('IDEMPOTENCY_KEY_REQUIRED');
  expect((await refund(trip.paymentId, {}, { 'idempotency-key': 'a' })).status).toBe(201);
  await running.restart();
  await eventually(async () => ((await running.payment(trip.tripId))?.status === 'refunded' ? true : undefined));
});
