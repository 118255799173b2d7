import { afterEach, describe, expect, it } from '@jest/globals';
import { createQuote, getTrip, listNotifications, logout } from '@rideshare/contracts';
import { answerJson, startTinyServer } from '../test/support/tiny-server.ts';
import type { TinyServer } from '../test/support/tiny-server.ts';
import { ApiError, createApi } from './api.ts';
import type { Exchange } from './journal.ts';

let server: TinyServer;
const told: Exchange[] = [];

/** Answers the first requests so, and every later one like the last of them. */
async function serve(...answers: readonly (readonly [number, unknown, Record<string, string>?] | 'hang up')[]) {
  let asked = 0;
  server = await startTinyServer((_request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer === 'hang up' || !answer) response.socket?.destroy();
    else answerJson(response, ...answer);
  });
  told.length = 0;
  const journal = { record: (exchange: Exchange) => told.push(exchange), close: () => undefined };
  return createApi(server.url, { journal, patienceMs: 1_500 });
}

afterEach(async () => {
  await server.close();
});

describe('a call', () => {
  it('fills the path, asks the query, carries token, key and body', async () => {
    const api = await serve([200, { id: 'x' }]);
    await api.call(getTrip, { params: { id: 'a/b' }, token: 't' });
    await api.call(listNotifications, { query: { limit: 5, cursor: 'c&d' } });
    await api.call(createQuote, { body: { a: 1 }, idempotencyKey: 'k' });
    const [first, second, third] = server.received;
    expect(first).toMatchObject({ method: 'GET', path: '/api/trips/a%2Fb', headers: { authorization: 'Bearer t' } });
    expect(second?.path).toBe('/api/notifications?limit=5&cursor=c%26d');
    expect(third).toMatchObject({ method: 'POST', body: { a: 1 }, headers: { 'idempotency-key': 'k' } });
    expect(third?.headers).not.toHaveProperty('authorization');
  });

  it('answers nothing to an empty answer', async () => {
    const api = await serve([204, undefined]);
    await expect(api.call(logout, { body: {} })).resolves.toBeUndefined();
  });

  it('passes a refusal on at once', async () => {
    const api = await serve([409, { code: 'RIDER_HAS_ACTIVE_TRIP', detail: 'one at a time' }]);
    const calling = api.call(createQuote, { body: {} });
    await expect(calling).rejects.toBeInstanceOf(ApiError);
    await expect(calling).rejects.toMatchObject({ status: 409, code: 'RIDER_HAS_ACTIVE_TRIP' });
    await expect(calling).rejects.toThrow('409 RIDER_HAS_ACTIVE_TRIP: one at a time');
    expect(server.received).toHaveLength(1);
    expect(api.retries()).toBe(0);
  });

  it('understands a refusal without a problem document', async () => {
    const api = await serve([404, 'nothing']);
    await expect(api.call(createQuote, { body: {} })).rejects.toMatchObject({ status: 404, code: 'UNKNOWN' });
  });

  it.each([
    ['a failure', [503, { code: 'OVERLOADED' }, { 'retry-after': '0' }] as const],
    ['a limit', [429, { code: 'RATE_LIMITED' }, { 'retry-after': '0' }] as const],
    ['its own first try', [409, { code: 'IDEMPOTENCY_IN_PROGRESS' }, { 'retry-after': '0' }] as const],
    ['a lost answer', 'hang up' as const],
  ])('is sent again under its key after %s', async (_name, failure) => {
    const api = await serve(failure, failure, [201, { id: 'q' }]);
    expect(await api.call(createQuote, { body: { a: 1 }, idempotencyKey: 'k' })).toEqual({ id: 'q' });
    expect(server.received.map(({ body, headers }) => [body, headers['idempotency-key']])).toEqual(
      Array.from({ length: 3 }, () => [{ a: 1 }, 'k']),
    );
    expect(api.retries()).toBe(2);
    expect(api.statuses.get(201)).toBe(1);
  });

  it('waits as long as it is told', async () => {
    const api = await serve([503, {}, { 'retry-after': '1' }], [201, { id: 'q' }]);
    const startedAt = performance.now();
    await api.call(createQuote, { body: {} });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  it('gives up in the end, and not after so many tries', async () => {
    const api = await serve([503, { code: 'OVERLOADED', detail: 'busy' }, { 'retry-after': '0' }]);
    await expect(api.call(createQuote, { body: {} })).rejects.toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(server.received.length).toBeGreaterThan(1);
  });

  it('writes down every answer, and where none came, before it is passed on', async () => {
    const api = await serve('hang up', [503, {}, { 'retry-after': '0' }], [201, { id: 'q' }]);
    const calling = api.call(createQuote, { body: { a: 1 }, idempotencyKey: 'k', token: 't' });
    const known = await calling.then(() => told.map(({ status }) => status));
    expect(known).toEqual([0, 503, 201]);
    expect(told.at(-1)).toMatchObject({
      ...{ path: '/api/quotes', key: 'k', token: 't', sent: { a: 1 }, answer: { id: 'q' }, params: {} },
    });
    expect(told.every(({ answeredAtMs, sentAtMs }) => answeredAtMs >= sentAtMs)).toBe(true);
  });

  it('with a key is counted with all its repetitions, and one without is not', async () => {
    const api = await serve([503, {}, { 'retry-after': '0' }], [201, { id: 'q' }]);
    await api.call(createQuote, { body: {}, idempotencyKey: 'k' });
    await api.call(createQuote, { body: {} });
    expect(api.patience()).toMatchObject({ answered: 1, late: 0 });
    await server.close();
    const refusing = await serve([409, { code: 'RIDER_HAS_ACTIVE_TRIP' }]);
    await refusing.call(createQuote, { body: {}, idempotencyKey: 'k' }).catch(() => undefined);
    expect(refusing.patience()).toMatchObject({ answered: 1, late: 0 });
  });

  it('that is never answered is late', async () => {
    const api = await serve([503, { code: 'OVERLOADED' }, { 'retry-after': '0' }]);
    await api.call(createQuote, { body: {}, idempotencyKey: 'k' }).catch(() => undefined);
    expect(api.patience()).toMatchObject({ answered: 0, late: 1 });
  });
});
