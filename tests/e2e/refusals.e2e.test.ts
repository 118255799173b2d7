import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { goOffline, newRider, PLACES, send, succeed } from './support/client.ts';
import type { Actor, Answer, RequestOptions } from './support/client.ts';
import { createForger } from './support/forge.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { fill, makeScene, NOBODY, snapshot } from './support/scene.ts';
import type { Scene } from './support/scene.ts';
import { readTrip, requestTrip, untilOffered } from './support/trip.ts';

type Who = 'owner' | 'driver' | 'stranger' | 'admin';

let platform: Platform;
let scene: Scene;
let before: unknown;

async function expectRefusal(
  [method, target]: readonly [string, string],
  options: RequestOptions,
  status: number,
  code: string,
): Promise<Answer> {
  const answer = await send(platform, method, fill(scene, target), options);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('x-request-id')).not.toBeNull();
  expect(answer.body).toEqual(
    expect.objectContaining({
      type: expect.any(String),
      title: expect.any(String),
      detail: expect.any(String),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    }),
  );
  return answer;
}

beforeAll(async () => {
  platform = await startPlatform();
  scene = await makeScene(platform);
  before = await snapshot(platform, scene);
}, 180_000);

afterAll(async () => {
  await goOffline(platform, scene.driver);
});

describe('a route', () => {
  it.each([
    ['GET', '/api/nowhere'],
    ['POST', '/api/trips/'],
    ['GET', '/API/trips/history'],
    ['GET', '/internal/trips/{trip}'],
    ['POST', '/internal/slots/reserve'],
  ])('that does not exist is 404, without a token: %s %s', async (method, target) => {
    await expectRefusal([method, target], {}, 404, 'ROUTE_NOT_FOUND');
  });

  it.each([
    ['DELETE', '/api/trips', ['POST']],
    ['PATCH', '/api/users/{owner}', ['GET', 'HEAD', 'PUT', 'DELETE']],
    ['GET', '/api/auth/login', ['POST']],
    ['POST', '/api/trips/{trip}', ['GET', 'HEAD']],
    ['PUT', '/api/payments', ['GET', 'HEAD', 'POST']],
  ])('answers %s %s with 405 and names its methods', async (method, target, allowed) => {
    const { headers } = await expectRefusal([method, target], {}, 405, 'METHOD_NOT_ALLOWED');
    expect(new Set(headers.get('allow')?.split(', '))).toEqual(new Set(allowed));
  });
});

describe('a token', () => {
  it('is missing: 401', async () => {
    const { headers } = await expectRefusal(['GET', '/api/trips/{trip}'], {}, 401, 'TOKEN_MISSING');
    expect(headers.get('www-authenticate')).toContain('Bearer');
  });

  it('is not a bearer token: 401', async () => {
    const headers = { authorization: 'Basic b3duZXI6c2VjcmV0' };
    await expectRefusal(['GET', '/api/trips/{trip}'], { headers }, 401, 'TOKEN_INVALID');
  });

  it('that is right in every part is taken, so that the forgeries differ in one', async () => {
    const token = createForger(platform).valid(scene.owner.id);
    expect(await send(platform, 'GET', `/api/users/${scene.owner.id}`, { token })).toMatchObject({ status: 200 });
  });

  it('that is forged or out of date is 401 at the gateway and at the service behind it', async () => {
    const taken: string[] = [];
    const target = `/api/users/${scene.owner.id}`;
    for (const [name, token] of createForger(platform).forgeries(scene.owner.id)) {
      const answer = await send(platform, 'GET', target, { token });
      if (answer.status !== 401 || (answer.body as { code: string }).code !== 'TOKEN_INVALID') taken.push(name);
      const direct = await fetch(`http://127.0.0.1:${String(platform.ports['user'])}${target}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (direct.status !== 401) taken.push(`${name}, directly`);
    }
    expect(taken).toEqual([]);
  });
});

describe('a role', () => {
  it.each([
    ['GET', '/api/drivers?verification=pending'],
    ['PUT', '/api/users/{owner}/suspension'],
    ['GET', '/api/trips/{trip}/timeline'],
    ['POST', '/api/payments/refund'],
    ['PUT', '/api/drivers/{driver}/documents/{document}/review'],
  ])('that the caller lacks is 403 before anything else is looked at: %s %s', async (method, target) => {
    const body = method === 'GET' ? {} : { body: '{' };
    await expectRefusal([method, target], { token: scene.owner.token, ...body }, 403, 'ROLE_REQUIRED');
  });
});

describe('another’s object', () => {
  const cancel = { status: 'cancelled' };
  it.each([
    ['GET', '/api/users/{owner}', undefined, 'USER_NOT_FOUND'],
    ['PUT', '/api/users/{owner}', { firstName: 'X', lastName: 'Y' }, 'USER_NOT_FOUND'],
    ['DELETE', '/api/users/{owner}', undefined, 'USER_NOT_FOUND'],
    ['GET', '/api/users/{owner}/preferences', undefined, 'USER_NOT_FOUND'],
    ['GET', '/api/trips/{trip}', undefined, 'TRIP_NOT_FOUND'],
    ['PUT', '/api/trips/{trip}/status', cancel, 'TRIP_NOT_FOUND'],
    ['GET', '/api/trips/{trip}/route', undefined, 'TRIP_NOT_FOUND'],
    ['GET', '/api/trips/{trip}/receipt', undefined, 'TRIP_NOT_FOUND'],
    ['POST', '/api/trips/{trip}/rating', { stars: 1 }, 'TRIP_NOT_FOUND'],
    ['GET', '/api/payments/{payment}', undefined, 'PAYMENT_NOT_FOUND'],
    ['DELETE', '/api/payments/methods/{method}', undefined, 'PAYMENT_METHOD_NOT_FOUND'],
    ['GET', '/api/drivers/{driver}/offers', undefined, 'DRIVER_NOT_FOUND'],
    ['GET', '/api/drivers/{driver}/metrics', undefined, 'DRIVER_NOT_FOUND'],
    ['PUT', '/api/drivers/{driver}/status', { status: 'offline' }, 'DRIVER_NOT_FOUND'],
    [
      'POST',
      '/api/drivers/{driver}/location',
      { points: [{ ...PLACES.pickup, recordedAt: new Date().toISOString() }] },
      'DRIVER_NOT_FOUND',
    ],
    [
      'POST',
      '/api/drivers/{driver}/documents',
      { type: 'insurance', number: '1234', expiresOn: '2035-12-31' },
      'DRIVER_NOT_FOUND',
    ],
  ])('is 404 as one that does not exist: %s %s', async (method, target, body, code) => {
    const options = { token: scene.stranger.token, ...(body === undefined ? {} : { body }) };
    const foreign = await expectRefusal([method, target], options, 404, code);
    const missing = await send(platform, method, target.replaceAll(/\{\w+\}/g, NOBODY), options);
    expect(missing).toMatchObject({ status: 404, body: { code, detail: (foreign.body as { detail: string }).detail } });
  });

  it('is in no list', async () => {
    const { token } = scene.stranger;
    for (const target of [`/api/payments?tripId=${scene.tripId}`, '/api/payments/methods', '/api/trips/history']) {
      expect(await send(platform, 'GET', target, { token })).toMatchObject({ status: 200, body: { items: [] } });
    }
  });

  it('is not taken into one’s own request', async () => {
    const { token } = scene.stranger;
    const own = await succeed<{ id: string }>(platform, 'POST', '/api/quotes', { token, body: PLACES });
    const body = { quoteId: own.id, vehicleClass: 'economy', paymentMethodId: '{method}' };
    const method = { token, body: fill(scene, body) };
    await expectRefusal(['POST', '/api/trips'], method, 404, 'PAYMENT_METHOD_NOT_FOUND');
    const quote = { token, body: fill(scene, { quoteId: '{quote}', vehicleClass: 'economy' }) };
    await expectRefusal(['POST', '/api/trips'], quote, 404, 'QUOTE_NOT_FOUND');
    expect(await send(platform, 'GET', '/api/trips/history', { token })).toMatchObject({ body: { items: [] } });
  });
});

describe('a body', () => {
  it.each([
    ['that breaks off', '{"pickup":'],
    ['that is text', 'hello'],
    ['with a lone comma', '{"a":1,}'],
    ['with a name that reaches a prototype', '{"__proto__":{"admin":true}}'],
    ['nested beyond reason', `${'['.repeat(500)}${']'.repeat(500)}`],
  ])('%s is 400', async (_name, body) => {
    const headers = { 'content-type': 'application/json' };
    const options = { token: scene.owner.token, body, headers };
    await expectRefusal(['POST', '/api/quotes'], options, 400, 'MALFORMED_JSON');
  });

  it('beyond 100 kB is 413', async () => {
    const options = { token: scene.owner.token, body: { pickup: 'x'.repeat(101 * 1024) } };
    await expectRefusal(['POST', '/api/quotes'], options, 413, 'BODY_TOO_LARGE');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    'of type %s is 415',
    async (type) => {
      const options = { token: scene.owner.token, body: PLACES, headers: { 'content-type': type } };
      await expectRefusal(['POST', '/api/quotes'], options, 415, 'CONTENT_TYPE_UNSUPPORTED');
    },
  );

  const flat = { pickupLat: 41.15, pickupLng: -8.61, destinationLat: 41.16, destinationLng: -8.63 };
  const person = { email: 'x@e2e.example.org', password: 'a-long-enough-one', firstName: 'X', lastName: 'Y' };
  it.each<[Who, string, string, unknown, string | undefined]>([
    ['owner', 'POST', '/api/quotes', {}, '/pickup'],
    ['owner', 'POST', '/api/quotes', [], undefined],
    ['owner', 'POST', '/api/quotes', { ...PLACES, extra: 1 }, '/extra'],
    ['owner', 'POST', '/api/quotes', { ...PLACES, pickup: { lat: 91, lng: 0 } }, '/pickup/lat'],
    ['owner', 'POST', '/api/quotes', { ...PLACES, pickup: { lat: '41', lng: 0 } }, '/pickup/lat'],
    ['owner', 'POST', '/api/quotes', { ...PLACES, destination: null }, '/destination'],
    ['owner', 'POST', '/api/trips', { ...flat, riderId: 'x' }, undefined],
    ['owner', 'POST', '/api/trips', { ...flat, vehicleClass: 'boat' }, undefined],
    ['owner', 'PUT', '/api/trips/{trip}/status', { status: 'requested' }, '/status'],
    ['owner', 'PUT', '/api/trips/{trip}/status', { status: 'cancelled', version: 1.5 }, '/version'],
    ['owner', 'POST', '/api/trips/{trip}/rating', { stars: 6 }, '/stars'],
    ['owner', 'PUT', '/api/users/{owner}', { firstName: 'X', lastName: 'Y', roles: ['admin'] }, '/roles'],
    ['owner', 'POST', '/api/users', { ...person, email: 'nonsense' }, '/email'],
    ['owner', 'POST', '/api/users', { ...person, password: 'short' }, '/password'],
    ['owner', 'POST', '/api/users', { ...person, roles: ['admin'] }, '/roles'],
    ['driver', 'PUT', '/api/drivers/{driver}/status', { status: 'assigned' }, '/status'],
    ['driver', 'POST', '/api/drivers/{driver}/location', { points: [] }, '/points'],
    [
      'driver',
      'POST',
      '/api/drivers/{driver}/documents',
      { type: 'insurance', number: '1', expiresOn: 'soon' },
      '/expiresOn',
    ],
    ['admin', 'POST', '/api/payments/refund', { paymentId: 'x', reason: 'r' }, '/paymentId'],
    [
      'admin',
      'POST',
      '/api/payments/refund',
      { paymentId: NOBODY, reason: 'r', amount: { amount: 0.5, currency: 'EUR' } },
      '/amount/amount',
    ],
  ])('that does not fit is 422 and says where: %s %s %s %j', async (who, method, target, body, pointer) => {
    const options = { token: scene[who].token, body: fill(scene, body) };
    const answer = await expectRefusal([method, target], options, 422, 'VALIDATION_FAILED');
    const { errors } = answer.body as { errors: { pointer: string; detail: string }[] };
    expect(errors).not.toEqual([]);
    if (pointer !== undefined) expect(errors.map((error) => error.pointer)).toContain(pointer);
  });

  it.each([
    ['POST', '/api/quotes', { ...PLACES, destination: PLACES.pickup }, 'TRIP_TOO_SHORT'],
    ['POST', '/api/quotes', { ...PLACES, destination: { lat: 52.52, lng: 13.4 } }, 'OUTSIDE_SERVICE_AREA'],
    ['POST', '/api/payments/methods', { gateway: 'sandbox', token: '4111111111111111' }, 'CARD_NUMBER_REFUSED'],
    [
      'POST',
      '/api/payments/methods',
      { gateway: 'sandbox', token: 'tok_ok', note: '5500 0055 5555 5559' },
      'CARD_NUMBER_REFUSED',
    ],
  ])('that means nothing here is 422: %s %s %j', async (method, target, body, code) => {
    await expectRefusal([method, target], { token: scene.owner.token, body }, 422, code);
  });
});

describe('a query or a path', () => {
  it.each([
    ['/api/trips/history?limit=0', 'VALIDATION_FAILED'],
    ['/api/trips/history?limit=101', 'VALIDATION_FAILED'],
    ['/api/trips/history?limit=ten', 'VALIDATION_FAILED'],
    ['/api/trips/history?page=2', 'VALIDATION_FAILED'],
    ['/api/trips/history?cursor=nonsense', 'CURSOR_INVALID'],
    ['/api/notifications?cursor=eyJhIjoxfQ', 'CURSOR_INVALID'],
    ['/api/trips/not-an-id', 'VALIDATION_FAILED'],
    ["/api/trips/1'%20or%20'1'='1", 'VALIDATION_FAILED'],
    ['/api/drivers/nearby?lat=41', 'VALIDATION_FAILED'],
    ['/api/drivers/nearby?lat=41.1&lng=-8.6&radiusM=1e9', 'VALIDATION_FAILED'],
  ])('that does not fit is 422: %s', async (target, code) => {
    await expectRefusal(['GET', target], { token: scene.owner.token }, 422, code);
  });

  it('that cannot be decoded is 400', async () => {
    await expectRefusal(['GET', '/api/trips/%E0%A4%A'], { token: scene.owner.token }, 400, 'MALFORMED_REQUEST');
  });
});

describe('a state', () => {
  const vehicle = { make: 'A', model: 'B', year: 2020, plate: 'AA-00-AA', color: 'red', class: 'economy' };
  const person = { email: '{ownerEmail}', password: `e2e-${NOBODY}`, firstName: 'X', lastName: 'Y' };
  it.each<[Who, string, string, unknown, string]>([
    ['owner', 'POST', '/api/users', person, 'EMAIL_TAKEN'],
    ['driver', 'POST', '/api/drivers', { licenseNumber: 'L-1', vehicle }, 'DRIVER_EXISTS'],
    ['driver', 'PUT', '/api/trips/{trip}/status', { status: 'arrived' }, 'TRIP_TRANSITION_NOT_ALLOWED'],
    ['owner', 'PUT', '/api/trips/{trip}/status', { status: 'cancelled' }, 'TRIP_TRANSITION_NOT_ALLOWED'],
    ['driver', 'PUT', '/api/trips/{nobody}/status', { status: 'accepted', offerId: '{nobody}' }, 'OFFER_NOT_AVAILABLE'],
    ['stranger', 'PUT', '/api/trips/{trip}/status', { status: 'accepted', offerId: '{offer}' }, 'OFFER_NOT_AVAILABLE'],
    ['stranger', 'POST', '/api/trips/{trip}/offers/{offer}/decline', undefined, 'OFFER_NOT_AVAILABLE'],
    ['owner', 'POST', '/api/trips/{trip}/rating', { stars: 1 }, 'RATING_EXISTS'],
    ['owner', 'POST', '/api/payments', { tripId: '{trip}' }, 'PAYMENT_EXISTS'],
  ])('that does not allow it is 409: %s %s %s %j', async (who, method, target, body, code) => {
    const options = { token: scene[who].token, ...(body === undefined ? {} : { body: fill(scene, body) }) };
    await expectRefusal([method, target], options, 409, code);
  });
});

describe('a step of a ride', () => {
  it('at a stale version, with a wrong code, or by somebody without documents is refused and leaves it as it is', async () => {
    const { driver, stranger } = scene;
    const trip = await requestTrip(platform, stranger);
    const offer = await untilOffered(platform, driver, trip.id);
    const status: [string, string] = ['PUT', `/api/trips/${trip.id}/status`];
    const by = (actor: Actor, body: unknown) => ({ token: actor.token, body });
    await expectRefusal(status, by(stranger, { status: 'cancelled', version: 7 }), 409, 'TRIP_VERSION_CONFLICT');
    await succeed(platform, ...status, by(driver, { status: 'accepted', offerId: offer.offerId }));
    await succeed(platform, ...status, by(driver, { status: 'arrived' }));
    const { startCode, version } = await readTrip(platform, stranger, trip.id);
    const wrong = String((Number(startCode) + 1) % 10_000).padStart(4, '0');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await expectRefusal(status, by(driver, { status: 'in_progress', startCode: wrong }), 422, 'START_CODE_WRONG');
    }
    await expectRefusal(status, by(driver, { status: 'in_progress', startCode }), 429, 'START_CODE_LOCKED');
    await expectRefusal(status, by(stranger, { status: 'completed' }), 409, 'TRIP_TRANSITION_NOT_ALLOWED');
    expect(await readTrip(platform, stranger, trip.id)).toMatchObject({ status: 'arrived', version });
    await succeed(platform, ...status, by(stranger, { status: 'cancelled' }));
  });

  it('cannot be begun by a driver whose documents were not approved', async () => {
    const { token, id } = await newRider(platform);
    const vehicle = { make: 'A', model: 'B', year: 2020, plate: `AA-${id.slice(-5)}`, color: 'red', class: 'economy' };
    await succeed(platform, 'POST', '/api/drivers', { token, body: { licenseNumber: `L-${id}`, vehicle } });
    const options = { token, body: { status: 'available' } };
    await expectRefusal(['PUT', `/api/drivers/${id}/status`], options, 409, 'DRIVER_NOT_VERIFIED');
  });
});

describe('after all of it', () => {
  it('nothing has changed', async () => {
    expect(await snapshot(platform, scene)).toEqual(before);
  });
});
