import { describe, expect, test } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import type { IdempotencyStore } from '@rideshare/kernel';
import request from 'supertest';
import type { Test } from 'supertest';
import { makeRide, testApp } from '../test/support/test-app.ts';
import type { CreateRide, TestApp } from '../test/support/test-app.ts';
import { listen, validationError } from './index.ts';

const transaction = { kind: 'test' };

async function post(test: TestApp, key: string | undefined, body: object = { note: 'x' }): Promise<Awaited<Test>> {
  const sent = request(test.app)
    .post('/api/rides')
    .set('Authorization', await test.token());
  return (key === undefined ? sent : sent.set('Idempotency-Key', key)).send(body);
}

/** Fails as often as there are failures, then makes the ride. */
function failing(...failures: Error[]): CreateRide {
  return (call) => {
    const failure = failures.shift();
    return failure ? Promise.reject(failure) : makeRide(call);
  };
}

describe('a request under an idempotency key', () => {
  test('repeated, gets the first answer to the letter and runs once', async () => {
    const app = testApp();
    const first = await post(app, 'k1', { note: 'x', seats: 2 });
    app.clock.advance(3_600_000);
    const again = await post(app, 'k1', { seats: 2, note: 'x' });
    expect([first.status, first.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(app.runs).toEqual(['createRide']);
  });

  test('repeated with another body, is refused as reused', async () => {
    const app = testApp();
    await post(app, 'k1');
    const other = await post(app, 'k1', { note: 'y' });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(app.runs).toEqual(['createRide']);
  });

  test('refused for a member that its handler judged, leaves the key to the corrected request', async () => {
    const app = testApp({ create: failing(validationError([{ pointer: '/note', detail: 'not today' }])) });
    expect((await post(app, 'k1')).status).toBe(422);
    expect((await post(app, 'k1', { note: 'y' })).status).toBe(201);
  });

  test('failed before anything was written, begins anew with its own time; otherwise goes on with the first', async () => {
    for (const startsAnew of [true, false]) {
      const failures = [new AppError('NO_ANSWER', 'unavailable', 'no answer', { startsAnew })];
      const times: number[] = [];
      const app = testApp({
        create: (call) => {
          times.push(call.operation.at.getTime());
          return failing(...failures.splice(0))(call);
        },
      });
      expect((await post(app, 'k1')).status).toBe(503);
      app.clock.advance(600_000);
      expect((await post(app, 'k1')).status).toBe(201);
      expect(times[1]! - times[0]!).toBe(startsAnew ? 600_000 : 0);
    }
  });

  test('repeated while the first runs, is told to come back; the first is not disturbed', async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
    const { promise: started, resolve: begin } = Promise.withResolvers<undefined>();
    const app = testApp({
      create: async (call) => {
        begin(undefined);
        await mayEnd;
        return makeRide(call);
      },
    });
    const first = post(app, 'k1');
    await started;
    const during = await Promise.all([post(app, 'k1'), post(app, 'k1'), post(app, 'k1')]);
    for (const { status, body, headers } of during) {
      expect([status, body.code, headers['retry-after']]).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS', '30']);
    }
    end(undefined);
    expect((await first).status).toBe(201);
    expect((await post(app, 'k1')).headers['idempotency-replayed']).toBe('true');
    expect(app.runs).toEqual(['createRide']);
  });

  test('by another person or on another route, is another request', async () => {
    const app = testApp();
    const first = await post(app, 'k1');
    const someone = await app.keys.issueUserToken({ userId: '0190a8a0-0000-7000-8000-00000000000f' });
    const other = await request(app.app)
      .post('/api/rides')
      .set('Authorization', `Bearer ${someone}`)
      .set('Idempotency-Key', 'k1')
      .send({ note: 'x' });
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(first.body.id);
    const asService = await request(app.app)
      .post('/api/rides')
      .set('Authorization', `Bearer ${await app.keys.serviceTokens('payment').issue()}`)
      .set('Idempotency-Key', 'k1')
      .send({ note: 'x' });
    expect(asService.body.id).not.toBe(first.body.id);
  });

  test('without a token, belongs to the address it came from', async () => {
    const app = testApp();
    const open = (address: string) =>
      request(app.app)
        .post('/api/accounts')
        .set('X-Forwarded-For', address)
        .set('Idempotency-Key', 'k1')
        .send({ name: 'x' });
    await open('203.0.113.9');
    expect((await open('203.0.113.9')).headers['idempotency-replayed']).toBe('true');
    expect((await open('203.0.113.10')).headers['idempotency-replayed']).toBeUndefined();
  });

  test.each([
    ['conflict', 409],
    ['gone', 410],
    ['not_found', 404],
    ['invalid', 422],
  ] as const)('refused by its execution with %s, is refused the same way again', async (kind, status) => {
    const app = testApp({ create: failing(new AppError('RIDE_REFUSED', kind, 'no')) });
    const first = await post(app, 'k1');
    const again = await post(app, 'k1');
    expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([status, status, 'true']);
    expect(again.headers['content-type']).toBe('application/problem+json');
    expect(again.body).toEqual(first.body);
    expect(app.runs).toEqual(['createRide']);
  });

  test.each([
    ['forbidden', new AppError('RIDE_REFUSED', 'forbidden', 'no'), 403],
    ['unauthenticated', new AppError('RIDE_REFUSED', 'unauthenticated', 'no'), 401],
    ['rate_limited', new AppError('RIDE_REFUSED', 'rate_limited', 'no'), 429],
    ['unavailable', new AppError('RIDE_REFUSED', 'unavailable', 'no'), 503],
    ['timeout', new AppError('RIDE_REFUSED', 'timeout', 'no'), 504],
    ['a defect', new Error('no'), 500],
    ['a conflict that may pass', new AppError('RIDE_REFUSED', 'conflict', 'no', { retryable: true }), 409],
  ])(
    'failed with %s, may be tried again and then has the ids and the time of the first try',
    async (_name, error, status) => {
      const app = testApp({ create: failing(error) });
      const seen: string[] = [];
      const watched = testApp({
        create: (call) => {
          seen.push(`${call.operation.id('ride')} ${call.operation.at.toISOString()}`);
          return seen.length === 1 ? Promise.reject(error) : makeRide(call);
        },
      });
      expect((await post(app, 'k1')).status).toBe(status);
      expect((await post(app, 'k1')).status).toBe(201);
      expect((await post(app, 'k1')).headers['idempotency-replayed']).toBe('true');
      await post(watched, 'k1');
      watched.clock.advance(5_000);
      await post(watched, 'k1');
      expect(seen).toHaveLength(2);
      expect(seen[1]).toBe(seen[0]);
    },
  );

  test('refused by its schema, leaves the key for the corrected request', async () => {
    const app = testApp();
    expect((await post(app, 'k1', { note: '' })).status).toBe(422);
    expect((await post(app, 'k1')).status).toBe(201);
  });

  test('whose answer was sealed with its effect, sends what was sealed', async () => {
    const app = testApp({
      create: async (call) => {
        const ride = await makeRide(call);
        await call.operation.seal(transaction, ride);
        return { ...ride, note: 'what came after' };
      },
    });
    const first = await post(app, 'k1', { note: 'sealed' });
    expect(first.body.note).toBe('sealed');
    expect((await post(app, 'k1', { note: 'sealed' })).body).toEqual(first.body);
  });

  test('whose effect was rolled back after it was sealed, is decided by what it threw', async () => {
    let isFirst = true;
    const store: { current?: IdempotencyStore } = {};
    const app = testApp({
      idempotency: {
        begin: (...given) => store.current!.begin(...given),
        // what is finished inside a transaction is undone with it
        finish: (scope, token, response, inside) =>
          inside && isFirst ? Promise.resolve(true) : store.current!.finish(scope, token, response, inside),
        reset: (...given) => store.current!.reset(...given),
      },
      create: async (call) => {
        const ride = await makeRide(call);
        await call.operation.seal(transaction, ride);
        if (!isFirst) return ride;
        isFirst = false;
        throw new AppError('STORE_LOST', 'unavailable', 'the connection broke');
      },
    });
    store.current = app.store;
    expect((await post(app, 'k1')).status).toBe(503);
    expect((await post(app, 'k1')).status).toBe(201);
    expect(app.runs).toHaveLength(2);
  });

  test('whose handler lost its lease, keeps no answer and sends none', async () => {
    for (const seals of [true, false]) {
      const app: TestApp = testApp({
        create: async (call) => {
          const ride = await makeRide(call);
          if (app.runs.length > 1) return ride;
          app.clock.advance(31_000);
          // another process takes the request over and ends it
          await post(app, 'k1');
          if (seals) await call.operation.seal(transaction, ride);
          return ride;
        },
      });
      const late = await post(app, 'k1');
      expect([late.status, late.body.code, late.headers['retry-after']]).toEqual([503, 'OPERATION_TAKEN_OVER', '1']);
      const replay = await post(app, 'k1');
      expect([replay.status, replay.headers['idempotency-replayed']]).toEqual([201, 'true']);
    }
  });

  test('whose handler died, is resumed once the lease is over', async () => {
    const app = testApp();
    const { promise: never } = Promise.withResolvers<never>();
    const dying = testApp({
      idempotency: app.store,
      clock: app.clock,
      accessTokens: app.keys.accessTokens,
      create: () => never,
    });
    const server = await listen(dying.app, { host: '127.0.0.1', port: 0, graceMs: 0 });
    const leaving = new AbortController();
    const gone = fetch(`${server.url}/api/rides`, {
      method: 'POST',
      headers: {
        authorization: await app.token(),
        'idempotency-key': 'k1',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ note: 'x' }),
      signal: leaving.signal,
    }).catch(() => 'gone');
    while (dying.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    expect(await gone).toBe('gone');
    await server.close();
    expect((await post(app, 'k1')).status).toBe(409);
    app.clock.advance(30_000);
    expect((await post(app, 'k1')).status).toBe(201);
  });

  test('whose key cannot be given back, hears of what went wrong first', async () => {
    const app = testApp();
    const broken = testApp({
      idempotency: {
        begin: (...given) => app.store.begin(...given),
        finish: (...given) => app.store.finish(...given),
        reset: () => Promise.reject(new Error('the store is gone too')),
      },
      create: failing(new AppError('PSP_DOWN', 'unavailable', 'no')),
    });
    expect((await post(broken, 'k1')).body.code).toBe('PSP_DOWN');
  });

  test('whose answer contradicts its contract, gives the key back', async () => {
    const answers = [{ id: 'x', at: 'yesterday', note: 'x' }];
    const app = testApp({ create: (call) => Promise.resolve(answers.shift() ?? makeRide(call)) });
    expect((await post(app, 'k1')).status).toBe(500);
    expect((await post(app, 'k1')).status).toBe(201);
  });
});

describe('an idempotency key', () => {
  test.each([
    ['with a blank', 'a b'],
    ['too long', 'x'.repeat(256)],
    ['with letters beyond ASCII', 'clé'],
  ])('%s, is refused before the schema is asked', async (_name, key) => {
    const app = testApp();
    const answer = await post(app, key, { note: '' });
    expect([answer.status, answer.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
  });

  test('where it is required, must be there; elsewhere it need not', async () => {
    const app = testApp({ requireIdempotencyKey: true });
    const missing = await post(app, undefined);
    expect([missing.status, missing.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
    expect((await post(app, 'x'.repeat(255))).status).toBe(201);
    expect((await request(app.app).post('/api/accounts').send({ name: 'x' })).status).toBe(201);
    expect((await post(testApp(), undefined)).status).toBe(201);
  });

  test('on a route without state to protect, is not looked at', async () => {
    const app = testApp();
    const hook = () => request(app.app).post('/api/hooks').set('Idempotency-Key', 'a b').send({});
    expect((await hook()).status).toBe(200);
    expect((await hook()).headers['idempotency-replayed']).toBeUndefined();
  });
});
