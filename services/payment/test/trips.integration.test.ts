import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPayment } from './support/running-payment.ts';
import type { RunningPayment } from './support/running-payment.ts';

let running: RunningPayment;

beforeAll(async () => {
  running = await startPayment();
});

afterAll(async () => {
  await running.close();
});

const types = async (tripId: string) => (await running.events(tripId)).map(({ type }) => type);

test('a trip by card, requested and completed, is held and captured, and the ledger shares it', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.request();
  expect(await running.reaches(trip.tripId, 'authorized')).toMatchObject({ authorized: 1_000, version: 1 });
  await trip.complete();
  expect(await running.reaches(trip.tripId, 'captured')).toMatchObject({
    captured: 1_000,
    version: 2,
    goal: 'capture',
  });
  const events = await running.events(trip.tripId);
  expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([
    ['payment.authorized', 1],
    ['payment.captured', 2],
  ]);
  expect(events[1]?.data).toMatchObject({
    driverId: trip.driverId,
    kind: 'fare',
    method: 'card',
    amount: { amount: 1_000, currency: 'EUR' },
    driverShare: { amount: 720, currency: 'EUR' },
  });
  expect(await running.balance(`driver:${trip.driverId}:payable`)).toBe(-720);
});

test('a trip in cash, completed, is captured at once', async () => {
  const trip = running.trip(await running.rider());
  await trip.request();
  await running.reaches(trip.tripId, 'pending');
  await trip.complete(1_200);
  expect(await running.reaches(trip.tripId, 'captured')).toMatchObject({
    authorized: 1_200,
    captured: 1_200,
    version: 1,
  });
  expect((await running.events(trip.tripId))[0]?.data).toMatchObject({ method: 'cash', amount: { amount: 1_200 } });
  expect(await running.balance(`cash:driver:${trip.driverId}`)).toBe(1_200);
});

test('a trip that costs more than was held, completed, is incremented and captured whole', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.request();
  await running.reaches(trip.tripId, 'authorized');
  await trip.complete(1_150);
  expect(await running.reaches(trip.tripId, 'captured')).toMatchObject({ authorized: 1_150, captured: 1_150 });
});

test('a trip that was cancelled for a fee, takes the fee from the hold', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.request();
  await trip.cancel(250);
  expect(await running.reaches(trip.tripId, 'captured')).toMatchObject({ captured: 250 });
  expect((await running.events(trip.tripId)).at(-1)?.data).toMatchObject({ kind: 'cancellation_fee' });
  expect(await running.balance(`driver:${trip.driverId}:payable`)).toBe(-200);
});

test('a trip that was cancelled for nothing or expired, lets the hold go', async () => {
  const rider = await running.rider('tok_ok');
  const [cancelled, expired] = [running.trip(rider), running.trip(rider)];
  for (const trip of [cancelled, expired]) {
    await trip.request();
    await running.reaches(trip.tripId, 'authorized');
  }
  await cancelled.cancel();
  await expired.expire();
  for (const { tripId } of [cancelled, expired]) {
    expect(await running.reaches(tripId, 'voided')).toMatchObject({ captured: 0, version: 2 });
    expect(await types(tripId)).toEqual(['payment.authorized', 'payment.voided']);
  }
});

test('an end without a beginning, opens the payment with what it tells', async () => {
  const rider = await running.rider('tok_ok');
  const [completed, expired] = [running.trip(rider), running.trip(rider)];
  await completed.complete(900);
  await expired.expire();
  expect(await running.reaches(completed.tripId, 'captured')).toMatchObject({ authorized: 900, captured: 900 });
  expect(await running.reaches(expired.tripId, 'voided')).toMatchObject({ currency: 'XXX', version: 1 });
});

test('a declined method, at the request, fails the payment; after the ride it makes a debt', async () => {
  const trip = running.trip(await running.rider('tok_declined'));
  await trip.request();
  expect(await running.reaches(trip.tripId, 'failed')).toMatchObject({ outstanding: 0, version: 1 });
  await trip.complete();
  const owed = await eventually(async () => {
    const row = await running.payment(trip.tripId);
    return row?.outstanding === 1_000 ? row : undefined;
  });
  expect(owed).toMatchObject({ status: 'failed', captured: 0, version: 2 });
  expect((await running.events(trip.tripId)).map(({ data }) => data)).toMatchObject([
    { op: 'hold', code: 'card_declined', outstanding: { amount: 0 } },
    { op: 'capture', code: 'card_declined', outstanding: { amount: 1_000 } },
  ]);
  expect(await running.balance(`rider:${trip.riderId}:debt`)).toBe(1_000);
});

test('a method that is not the rider’s, fails the hold without asking the gateway', async () => {
  const { methodId } = await running.rider('tok_ok');
  const trip = running.trip({ riderId: (await running.rider()).riderId, methodId });
  await trip.request();
  const { id } = await running.reaches(trip.tripId, 'failed');
  expect((await running.events(trip.tripId))[0]?.data).toMatchObject({ op: 'hold', code: 'METHOD_NOT_FOUND' });
  const asked = await running.database.query(
    'select from sandbox_operations s join payment_ops o on o.psp_key = s.key where o.payment_id = $1',
    [id],
  );
  expect(asked.rowCount).toBe(0);
});

test.each(['tok_timeout_before', 'tok_timeout_after', 'tok_5xx_after', 'tok_slow'])(
  'a trip by %s, is captured once all the same',
  async (token) => {
    const trip = running.trip(await running.rider(token));
    await trip.request();
    await running.reaches(trip.tripId, 'authorized');
    await trip.complete();
    const { id } = await running.reaches(trip.tripId, 'captured');
    const { rows } = await running.database.query<{ kind: string; count: number }>(
      `select s.kind, count(*) as count from sandbox_operations s join payment_ops o on o.psp_key = s.key
       where o.payment_id = $1 and s.state = 'done' group by s.kind order by s.kind`,
      [id],
    );
    expect(rows).toEqual([
      { kind: 'authorize', count: 1 },
      { kind: 'capture', count: 1 },
    ]);
    expect(await types(trip.tripId)).toEqual(['payment.authorized', 'payment.captured']);
  },
);

test.each([
  ['tok_insufficient_funds', 'insufficient_funds'],
  ['tok_3ds', 'authentication_required'],
])('a trip by %s, fails with what the gateway said', async (token, code) => {
  const trip = running.trip(await running.rider(token));
  await trip.request();
  await running.reaches(trip.tripId, 'failed');
  expect((await running.events(trip.tripId))[0]?.data).toMatchObject({ op: 'hold', code });
});

test('a trip told of twice over, has one payment and one capture', async () => {
  const trip = running.trip(await running.rider('tok_ok'));
  await trip.request();
  await trip.request();
  await trip.complete();
  await trip.complete();
  await running.reaches(trip.tripId, 'captured');
  expect(await types(trip.tripId)).toEqual(['payment.authorized', 'payment.captured']);
});

test('the metrics, with payments under way, count them', async () => {
  const { text } = await running.request.get('/metrics').expect(200);
  expect(text).toMatch(/^active_payments_total\{service="payment"\} \d+$/m);
  expect(text).toMatch(/payment_operations_total\{.*op="hold".*outcome="done".*\} \d+/);
});
