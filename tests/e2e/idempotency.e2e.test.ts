import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { newRider, PLACES, send, succeed } from './support/client.ts';
import type { Actor, Answer } from './support/client.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';

const CONCURRENT = 8;
const TRIP = {
  pickupLat: PLACES.pickup.lat,
  pickupLng: PLACES.pickup.lng,
  destinationLat: PLACES.destination.lat,
  destinationLng: PLACES.destination.lng,
};

let platform: Platform;

function post(actor: Actor | undefined, target: string, body: unknown, key: string): Promise<Answer> {
  const headers = { 'idempotency-key': key };
  return send(platform, 'POST', target, { body, headers, ...(actor ? { token: actor.token } : {}) });
}

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

describe('a repeated request', () => {
  it('gets the first answer again, word for word, and changes nothing more', async () => {
    const rider = await newRider(platform);
    const body = { gateway: 'sandbox', token: 'tok_ok' };
    const key = randomUUID();
    const first = await post(rider, '/api/payments/methods', body, key);
    expect({ status: first.status, replayed: first.headers.get('idempotency-replayed') }).toEqual({
      status: 201,
      replayed: null,
    });
    // the order of members is no difference
    const again = await post(rider, '/api/payments/methods', { token: 'tok_ok', gateway: 'sandbox' }, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const { items } = await succeed<{ items: unknown[] }>(platform, 'GET', '/api/payments/methods', {
      token: rider.token,
    });
    expect(items).toHaveLength(1);
  });

  it('gets a decided refusal again, even when it would now be accepted', async () => {
    const rider = await newRider(platform);
    const { id } = await succeed<{ id: string }>(platform, 'POST', '/api/trips', { token: rider.token, body: TRIP });
    const key = randomUUID();
    const refused = await post(rider, '/api/trips', TRIP, key);
    expect(refused).toMatchObject({ status: 409, body: { code: 'RIDER_HAS_ACTIVE_TRIP' } });
    await succeed(platform, 'PUT', `/api/trips/${id}/status`, { token: rider.token, body: { status: 'cancelled' } });
    const again = await post(rider, '/api/trips', TRIP, key);
    expect(again).toMatchObject({ status: 409, body: { code: 'RIDER_HAS_ACTIVE_TRIP' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('may be repaired under its key while it was never carried out', async () => {
    const rider = await newRider(platform);
    const key = randomUUID();
    expect(await post(rider, '/api/payments/methods', { gateway: 'sandbox' }, key)).toMatchObject({ status: 422 });
    const body = { gateway: 'sandbox', token: 'tok_ok' };
    expect(await post({ ...rider, token: 'x' }, '/api/payments/methods', body, key)).toMatchObject({ status: 401 });
    const repaired = await post(rider, '/api/payments/methods', body, key);
    expect(repaired.status).toBe(201);
    expect(repaired.headers.get('idempotency-replayed')).toBeNull();
  });

  it('with another body is 422 and leaves the first alone', async () => {
    const rider = await newRider(platform);
    const key = randomUUID();
    const first = await post(rider, '/api/quotes', PLACES, key);
    expect(first.status).toBe(201);
    const other = await post(rider, '/api/quotes', { ...PLACES, stops: [PLACES.pickup] }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await post(rider, '/api/quotes', PLACES, key)).toMatchObject({ status: 201, body: first.body });
  });
});

describe('a key', () => {
  it('belongs to its person and its route', async () => {
    const [one, two] = [await newRider(platform), await newRider(platform)];
    const key = randomUUID();
    const answers = [
      await post(one, '/api/quotes', PLACES, key),
      await post(two, '/api/quotes', PLACES, key),
      await post(one, '/api/trips', TRIP, key),
    ];
    expect(answers.map(({ headers, status }) => [status, headers.get('idempotency-replayed')])).toEqual([
      [201, null],
      [201, null],
      [201, null],
    ]);
    await succeed(platform, 'PUT', `/api/trips/${(answers[2]?.body as unknown as { id: string }).id}/status`, {
      token: one.token,
      body: { status: 'cancelled' },
    });
  });

  it.each([
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['that is empty', ''],
    ['beyond ASCII', 'clé'],
  ])('%s is 400', async (_name, key) => {
    const rider = await newRider(platform);
    expect(await post(rider, '/api/quotes', PLACES, key)).toMatchObject({
      status: 400,
      body: { code: 'IDEMPOTENCY_KEY_INVALID' },
    });
  });

  it('of 255 visible characters is taken', async () => {
    const rider = await newRider(platform);
    expect(await post(rider, '/api/quotes', PLACES, `!${'~'.repeat(254)}`)).toMatchObject({ status: 201 });
  });
});

describe('the same request at the same time', () => {
  it('makes one trip, and tells everybody who asks too early when to ask again', async () => {
    const rider = await newRider(platform);
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: CONCURRENT }, () => post(rider, '/api/trips', TRIP, key)));
    const made = answers.filter(({ status }) => status === 201);
    const early = answers.filter(({ status }) => status !== 201);
    expect(new Set(made.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    expect(made.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    for (const { body, headers, status } of early) {
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const settled = await post(rider, '/api/trips', TRIP, key);
    expect(settled).toMatchObject({ status: 201, body: made[0]?.body });
    await succeed(platform, 'PUT', `/api/trips/${(settled.body as { id: string }).id}/status`, {
      token: rider.token,
      body: { status: 'cancelled' },
    });
  });

  it('under different keys makes one trip, because the rider may have one', async () => {
    const rider = await newRider(platform);
    const answers = await Promise.all(
      Array.from({ length: CONCURRENT }, () => post(rider, '/api/trips', TRIP, randomUUID())),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { body, status } of answers.filter((answer) => answer.status !== 201)) {
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'RIDER_HAS_ACTIVE_TRIP' } });
    }
  });

  it('makes one account', async () => {
    const key = randomUUID();
    const body = { email: `${key}@e2e.example.org`, password: `e2e-${key}`, firstName: 'X', lastName: 'Y' };
    const answers = await Promise.all([0, 1, 2].map(() => post(undefined, '/api/users', body, key)));
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(
      answers.filter(({ headers, status }) => status === 201 && !headers.get('idempotency-replayed')),
    ).toHaveLength(1);
  });
});
