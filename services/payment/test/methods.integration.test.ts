import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@rideshare/observability';
import { startPayment } from './support/running-payment.ts';
import type { RunningPayment } from './support/running-payment.ts';

const METHODS = '/api/payments/methods';
const logged: string[] = [];
let running: RunningPayment;

beforeAll(async () => {
  const write = (line: string) => {
    logged.push(line);
  };
  running = await startPayment({ logger: createLogger({ service: 'payment', version: '0', level: 'debug', write }) });
});

afterAll(async () => {
  await running.close();
});

async function add(riderId: string, body: object, headers: Record<string, string> = {}) {
  return running.request
    .post(METHODS)
    .set(await running.bearer(riderId))
    .set(headers)
    .send(body);
}

async function list(riderId: string, query = '') {
  return running.request.get(`${METHODS}${query}`).set(await running.bearer(riderId));
}

test('adding methods, makes the first the default and another only when asked to', async () => {
  const riderId = randomUUID();
  const token = { gateway: 'sandbox', token: 'tok_ok' };
  const first = await add(riderId, token);
  expect(first.status).toBe(201);
  expect(first.body).toEqual({
    id: expect.any(String),
    gateway: 'sandbox',
    brand: 'visa',
    last4: '4242',
    default: true,
  });
  expect((await add(riderId, token)).body.default).toBe(false);
  const third = await add(riderId, { ...token, default: true });
  expect(third.body.default).toBe(true);
  const { body } = await list(riderId);
  expect(body.items.map((item: { default: boolean }) => item.default)).toEqual([true, false, false]);
  expect(body.items[0].id).toBe(third.body.id);
});

test('adding a method, repeated with its key, adds it once and says so', async () => {
  const riderId = randomUUID();
  const key = { 'idempotency-key': randomUUID() };
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  const first = await add(riderId, body, key);
  const again = await add(riderId, body, key);
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await add(riderId, { ...body, default: true }, key)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect((await list(riderId)).body.items).toHaveLength(1);
});

test.each([
  ['a token nobody knows', { gateway: 'sandbox', token: 'tok_nothing' }, 'PAYMENT_TOKEN_INVALID'],
  ['a name of an object’s own', { gateway: 'sandbox', token: 'constructor' }, 'PAYMENT_TOKEN_INVALID'],
  ['an unknown gateway', { gateway: 'stripe', token: 'tok_ok' }, 'VALIDATION_FAILED'],
  ['no token', { gateway: 'sandbox' }, 'VALIDATION_FAILED'],
  ['an unknown field', { gateway: 'sandbox', token: 'tok_ok', extra: 1 }, 'VALIDATION_FAILED'],
  ['a card number as the token', { gateway: 'sandbox', token: '4111111111111111' }, 'CARD_NUMBER_REFUSED'],
  ['a card number in a field of its own', { number: '5555 5555 5555 4444' }, 'CARD_NUMBER_REFUSED'],
  ['a card number as a number', { gateway: 'sandbox', token: 'tok_ok', pan: 378282246310005 }, 'CARD_NUMBER_REFUSED'],
  ['a card number deep inside', { card: { list: [{ n: '3782-822463-10005' }] } }, 'CARD_NUMBER_REFUSED'],
])('adding a method, with %s, is refused', async (_situation, body, code) => {
  const riderId = randomUUID();
  const answer = await add(riderId, body, { 'idempotency-key': randomUUID() });
  expect([answer.status, answer.body.code]).toEqual([422, code]);
  expect((await list(riderId)).body.items).toEqual([]);
});

test('a refused card number, appears in no log, no answer and no table', async () => {
  const number = '4000056655665556';
  const answer = await add(randomUUID(), { gateway: 'sandbox', token: number }, { 'idempotency-key': number });
  expect(JSON.stringify([answer.body, answer.headers])).not.toContain(number);
  expect(logged.join('\n')).not.toContain(number);
  const { rows } = await running.database.query<{ found: boolean }>(
    `select exists (select from payment_methods m where m::text like $1) as found`,
    [`%${number}%`],
  );
  expect(rows[0]?.found).toBe(false);
});

test('listing methods, page by page, shows each once, newest first', async () => {
  const riderId = randomUUID();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await add(riderId, { gateway: 'sandbox', token: 'tok_ok' })).body.id);
  }
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await list(riderId, `?limit=2${cursor}`);
    seen.push(...body.items.map((item: { id: string }) => item.id));
    cursor = body.nextCursor === null ? '' : `&cursor=${String(body.nextCursor)}`;
  } while (cursor !== '');
  expect(seen).toEqual(ids);
  expect((await list(riderId, '?cursor=nonsense')).body.code).toBe('CURSOR_INVALID');
  expect((await list(riderId, '?limit=0')).status).toBe(422);
});

test('removing a method, forgets its token and promotes no other', async () => {
  const riderId = randomUUID();
  const { body } = await add(riderId, { gateway: 'sandbox', token: 'tok_ok' });
  await add(riderId, { gateway: 'sandbox', token: 'tok_slow' });
  const remove = async (as: string) =>
    running.request.delete(`${METHODS}/${String(body.id)}`).set(await running.bearer(as));
  expect((await remove(randomUUID())).body.code).toBe('PAYMENT_METHOD_NOT_FOUND');
  expect((await remove(riderId)).status).toBe(204);
  expect((await remove(riderId)).status).toBe(404);
  const { rows } = await running.database.query('select token, is_default from payment_methods where id = $1', [
    body.id,
  ]);
  expect(rows).toEqual([{ token: null, is_default: false }]);
  expect((await list(riderId)).body.items).toMatchObject([{ default: false }]);
});

test('removing a method, while a payment is open, is refused until it is over', async () => {
  const rider = await running.rider('tok_ok');
  const trip = running.trip(rider);
  await trip.request();
  await running.reaches(trip.tripId, 'authorized');
  const remove = async () =>
    running.request.delete(`${METHODS}/${String(rider.methodId)}`).set(await running.bearer(rider.riderId));
  const refused = await remove();
  expect([refused.status, refused.body.code]).toEqual([409, 'PAYMENT_METHOD_IN_USE']);
  await trip.complete();
  await running.reaches(trip.tripId, 'captured');
  expect((await remove()).status).toBe(204);
});

test('the methods, without a token, are nobody’s', async () => {
  expect((await running.request.get(METHODS)).status).toBe(401);
  expect((await running.request.post(METHODS).send({})).status).toBe(401);
});

test('a rider’s standing, for services alone, tells the method a trip would be paid with', async () => {
  const { riderId, methodId } = await running.rider('tok_ok');
  const other = (await running.rider('tok_ok')).methodId;
  const authorization = `Bearer ${await running.keys.serviceTokens('trip').issue()}`;
  const standing = async (query = '') =>
    (await running.request.get(`/internal/riders/${riderId}/standing${query}`).set({ authorization }).expect(200)).body;
  expect(await standing()).toEqual({ outstanding: [], paymentMethodId: methodId, methodFound: true });
  expect(await standing(`?methodId=${String(methodId)}`)).toMatchObject({
    paymentMethodId: methodId,
    methodFound: true,
  });
  expect(await standing(`?methodId=${String(other)}`)).toMatchObject({ paymentMethodId: methodId, methodFound: false });
  const refused = await running.request.get(`/internal/riders/${riderId}/standing`).set(await running.bearer(riderId));
  expect([401, 403]).toContain(refused.status);
});
