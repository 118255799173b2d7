import { describe, expect, test } from '@jest/globals';
import { defineRoute, emptySchema, problemSchema } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import { createHealth, silentLogger } from '@rideshare/observability';
import request from 'supertest';
import { z } from 'zod';
import { makeRide, RIDE_ID, testApp, USER_ID } from '../test/support/test-app.ts';
import { createServiceApp, endpoint, listen } from './index.ts';

const pointersOf = (answer: { readonly body: unknown }): string[] =>
  (answer.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

describe('createServiceApp, refusing a request', () => {
  test.each([
    ['an unknown path', 'get', '/api/nothing', 404, 'ROUTE_NOT_FOUND'],
    ['a path with a slash too many', 'get', '/api/rides/', 404, 'ROUTE_NOT_FOUND'],
    ['a path in other letters', 'get', '/API/rides', 404, 'ROUTE_NOT_FOUND'],
    ['a wrong method', 'put', '/api/rides', 405, 'METHOD_NOT_ALLOWED'],
    ['a wrong method on a literal path', 'get', '/api/rides/refund', 405, 'METHOD_NOT_ALLOWED'],
    ['a wrong method on a probe', 'post', '/health/live', 405, 'METHOD_NOT_ALLOWED'],
    ['a path that cannot be decoded', 'get', '/api/rides/%zz', 400, 'MALFORMED_REQUEST'],
  ] as const)('for %s, needs no token to say so', async (_name, method, path, status, code) => {
    const answer = await request(testApp().app)[method](path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(problemSchema.parse(answer.body)).toMatchObject({ status, code, instance: path });
  });

  test('for a wrong method, names the right ones', async () => {
    const { app } = testApp();
    expect((await request(app).put('/api/rides')).headers['allow']).toBe('POST, GET, HEAD');
    expect((await request(app).options('/api/rides/refund')).headers['allow']).toBe('POST');
  });

  test('for its token, asks for one and says what is wrong', async () => {
    const { app, keys, clock } = testApp();
    const forged = testApp().keys;
    const issue = (claims: object) => keys.issueUserToken({ userId: USER_ID, ...claims });
    const [head = '', payload = '', signature = ''] = (await issue({})).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const later = new Date(clock.now().getTime() + 60_000);
    const tokens: [string, string | undefined, string][] = [
      ['missing', undefined, 'TOKEN_MISSING'],
      ['another scheme', 'Basic abc', 'TOKEN_INVALID'],
      ['empty', 'Bearer ', 'TOKEN_INVALID'],
      ['garbage', 'Bearer abc.def', 'TOKEN_INVALID'],
      ['no signature', `Bearer ${none}.${payload}.`, 'TOKEN_INVALID'],
      [
        'changed',
        `Bearer ${head}.${payload}.${signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
        'TOKEN_INVALID',
      ],
      ['signed by another', `Bearer ${await forged.issueUserToken({ userId: USER_ID })}`, 'TOKEN_INVALID'],
      ['an unknown key', `Bearer ${await issue({ kid: 'other' })}`, 'TOKEN_INVALID'],
      ['another issuer', `Bearer ${await issue({ issuer: 'evil' })}`, 'TOKEN_INVALID'],
      ['another audience', `Bearer ${await issue({ audience: 'internal' })}`, 'TOKEN_INVALID'],
      ['expired', `Bearer ${await issue({ expiresInS: -10 })}`, 'TOKEN_INVALID'],
      ['not yet valid', `Bearer ${await issue({ notBefore: later })}`, 'TOKEN_INVALID'],
      ['of nobody', `Bearer ${await keys.issueUserToken({ userId: 'admin' })}`, 'TOKEN_INVALID'],
      ['with an unknown role', `Bearer ${await issue({ roles: ['god'] })}`, 'TOKEN_INVALID'],
      ['of a service', `Bearer ${await keys.serviceTokens('driver').issue()}`, 'TOKEN_INVALID'],
    ];
    for (const [name, authorization, code] of tokens) {
      const asked = request(app).get('/api/rides');
      const answer = await (authorization === undefined ? asked : asked.set('Authorization', authorization));
      expect([name, answer.status, answer.body.code]).toEqual([name, 401, code]);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  test('for its role, before it looks at the body', async () => {
    const { app, token, keys } = testApp();
    const answer = await request(app)
      .post('/api/rides/refund')
      .set('Authorization', await token())
      .send('{');
    expect([answer.status, answer.body.code]).toEqual([403, 'ROLE_REQUIRED']);
    const asPerson = await request(app)
      .post(`/internal/rides/${RIDE_ID}/claim`)
      .set('Authorization', await token(['admin']));
    expect([asPerson.status, asPerson.body.code]).toEqual([401, 'TOKEN_INVALID']);
    const asService = await request(app)
      .post(`/internal/rides/${RIDE_ID}/claim`)
      .set('Authorization', `Bearer ${await keys.serviceTokens('driver').issue()}`)
      .send({ epoch: 1 });
    expect(asService.body).toEqual({ by: 'driver', key: null });
  });

  test.each([
    ['too large', 'application/json', JSON.stringify({ note: 'x'.repeat(110_000) }), 413, 'BODY_TOO_LARGE'],
    ['of another type', 'text/plain', '{}', 415, 'CONTENT_TYPE_UNSUPPORTED'],
    ['in another character set', 'application/json; charset=latin1', '{}', 415, 'CONTENT_TYPE_UNSUPPORTED'],
    ['cut short', 'application/json; charset=utf-8', '{"note":', 400, 'MALFORMED_JSON'],
    ['not in UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), 400, 'MALFORMED_JSON'],
    ['with a prototype', 'application/json', '{"x":[{"__proto__":{}}]}', 400, 'MALFORMED_JSON'],
    ['with a prototype in disguise', 'application/json', '{"__pr\\u006fto__":{}}', 400, 'MALFORMED_JSON'],
    ['with a character that no text can hold', 'application/json', '{"note":"a\\u0000b"}', 400, 'MALFORMED_JSON'],
    ['with such a name', 'application/json', '{"x":[{"\\u0000":1}]}', 400, 'MALFORMED_JSON'],
    ['with half a character', 'application/json', '{"note":"\\ud83d"}', 400, 'MALFORMED_JSON'],
    ['with a name of half a character', 'application/json', '{"\\udc00":{}}', 400, 'MALFORMED_JSON'],
    ['that is half a character', 'application/json', '"\\ud83d"', 400, 'MALFORMED_JSON'],
    ['nested without end', 'application/json', '['.repeat(40_000) + ']'.repeat(40_000), 400, 'MALFORMED_JSON'],
    ['of another shape', 'application/json', '[]', 422, 'VALIDATION_FAILED'],
    ['missing', 'application/json', '', 422, 'VALIDATION_FAILED'],
  ])('for a body %s, refuses in the promised order and runs nothing', async (_name, type, body, status, code) => {
    const { app, token, runs } = testApp();
    const sent = request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .set('Content-Type', type);
    const answer = await sent.serialize((value: unknown) => value as string).send(body as string);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(runs).toEqual([]);
    if (status === 413) expect(answer.headers['connection']).toBe('close');
  });

  test('for a body that grows too large on the way, refuses it', async () => {
    const { app, token } = testApp();
    const sent = request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .set('Content-Type', 'application/json')
      .set('Transfer-Encoding', 'chunked');
    sent.write(`{"note":"${'x'.repeat(60_000)}`);
    sent.write(`${'x'.repeat(60_000)}"}`);
    expect((await sent).body.code).toBe('BODY_TOO_LARGE');
  });

  test('for a content coding that is unknown, refuses it', async () => {
    const { app, token } = testApp();
    const answer = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .set('Content-Encoding', 'compress')
      .send({ note: 'x' });
    expect(answer.body.code).toBe('CONTENT_TYPE_UNSUPPORTED');
  });

  test('for its fields, names every one of them', async () => {
    const { app, token } = testApp();
    const body = { note: '', seats: 9, 'a/b': 1, ['x~y']: 1 };
    const answer = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .send(body);
    expect(answer.status).toBe(422);
    expect(pointersOf(answer).toSorted()).toEqual(['/a~1b', '/note', '/seats', '/x~0y'].toSorted());
    expect(JSON.stringify(answer.body)).not.toContain('9,');
  });

  test('for a union, complains about the nearest alternative', async () => {
    const answer = await request(testApp().app).post('/api/accounts').send({ first: 'a', last: 'b', age: 'c' });
    expect(pointersOf(answer)).toEqual(['/age']);
  });

  test.each([
    ['/api/rides?limit=0', ['/query/limit']],
    ['/api/rides?limit=1&limit=2', ['/query/limit']],
    ['/api/rides?limit=1&colour=red', ['/query/colour']],
    ['/api/rides/17', ['/path/id']],
  ])('for the URL %s, points at %j', async (url, pointers) => {
    const { app, token } = testApp();
    const answer = await request(app)
      .get(url)
      .set('Authorization', await token());
    expect(answer.status).toBe(422);
    expect(pointersOf(answer)).toEqual(pointers);
  });

  test('for too many fields, names the first fifty and cuts their names', async () => {
    const { app, token } = testApp();
    const body = Object.fromEntries(
      Array.from({ length: 80 }, (_item, index) => [`${'k'.repeat(300)}${String(index)}`, 1]),
    );
    const answer = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .send(body);
    expect(answer.body.errors).toHaveLength(50);
    expect(answer.text.length).toBeLessThan(12_000);
  });

  test('for a body where none is expected, unless it is empty', async () => {
    const { app, token, runs } = testApp();
    const end = async (body?: object) =>
      (
        await request(app)
          .delete(`/api/rides/${RIDE_ID}`)
          .set('Authorization', await token())
          .send(body)
      ).status;
    expect([await end(), await end({}), await end({ x: 1 })]).toEqual([204, 204, 422]);
    expect(runs).toEqual(['endRide', 'endRide']);
  });
});

describe('createServiceApp, answering', () => {
  test('a request that fits, parses it, runs it and sends what respond says', async () => {
    const { app, token } = testApp();
    const answer = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .send({ note: 'hello' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: expect.any(String), at: '2026-03-01T12:00:00.000Z', note: 'hello' });
    expect(answer.headers).toMatchObject({
      location: `/api/rides/${String(answer.body.id)}`,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers['traceparent']).toMatch(TRACEPARENT);
  });

  test('a read with a body, ignores the body; a HEAD, has none', async () => {
    const { app, token } = testApp();
    const get = request(app)
      .get('/api/rides?limit=7')
      .set('Authorization', await token());
    expect((await get.set('Content-Type', 'application/json').send('{')).body).toEqual({ limit: 7 });
    const head = await request(app)
      .head('/api/rides')
      .set('Authorization', await token());
    expect([head.status, head.text]).toEqual([200, undefined]);
  });

  test('with a request id that is fit to print, repeats it, and else makes one', async () => {
    const { app } = testApp();
    const id = async (given: string) =>
      (await request(app).get('/health').set('X-Request-Id', given)).headers['x-request-id'];
    expect(await id('abc-1.2_3')).toBe('abc-1.2_3');
    expect(await id('a b')).toMatch(/^019c0000-/);
    expect(await id('x'.repeat(129))).toMatch(/^019c0000-/);
    expect(await id('17')).toBe('17');
    for (const secret of [
      '4111111111111111',
      '41.1496',
      '-8.61093',
      '351912345678',
      `rrt_${'x'.repeat(43)}`,
      'eyJhbGciOiJFZERTQSJ9.eyJzdWIi.c2ln',
    ]) {
      expect(await id(secret)).toMatch(/^019c0000-/);
    }
  });

  test('in a trace that came along, stays in it; a probe names none', async () => {
    const { app } = testApp();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const answer = await request(app).get('/api/rides').set('traceparent', traceparent);
    expect(answer.headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)`));
    expect(answer.body.traceId).toBe(traceId);
    expect((await request(app).get('/health')).headers).not.toHaveProperty('traceparent');
  });

  test('from behind a proxy of ours, knows the caller; from the open, believes no header', async () => {
    const { app } = testApp();
    const who = async (forwarded: string) =>
      (await request(app).post('/api/accounts').set('X-Forwarded-For', forwarded).send({ name: 'x' })).body as object;
    expect(await who('203.0.113.9')).toEqual({ who: '203.0.113.9' });
    // the left part is whatever the caller wrote; the first address that is not ours counts
    expect(await who('198.51.100.1, 203.0.113.9, 10.0.0.7')).toEqual({ who: '203.0.113.9' });
  });

  test('a signed call, hands over its bytes as they came and looks at the body before the schema does', async () => {
    const { app } = testApp();
    const hook = (body: string) => request(app).post('/api/hooks').set('Content-Type', 'application/json').send(body);
    expect((await hook('{ "a":  1 }')).body).toEqual({ bytes: 11 });
    expect((await hook('{"boom":1}')).status).toBe(500);
  });

  test('an answer that contradicts its contract, fails where it is checked and passes in production', async () => {
    const create = () => Promise.resolve({ id: 'x', at: 'yesterday', note: 'x' });
    const { app, token, log } = testApp({ create });
    const checked = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .send({ note: 'x' });
    expect([checked.status, checked.body.code, checked.body.errors]).toEqual([500, 'INTERNAL', undefined]);
    expect(log.at(-1)).toMatchObject({ level: 'error', fields: { code: 'RESPONSE_CONTRACT_BROKEN' } });
    expect((log.at(-1)?.fields['error'] as Error).message).toContain('/at');
    const free = testApp({ create, environment: 'production' });
    const unchecked = await request(free.app)
      .post('/api/rides')
      .set('Authorization', await free.token())
      .send({ note: 'x' });
    expect(unchecked.status).toBe(201);
  });

  test.each([
    ['unavailable', 503, 'PSP_DOWN', '1'],
    ['timeout', 504, 'PSP_DOWN', undefined],
    ['internal', 500, 'INTERNAL', undefined],
    ['rate_limited', 429, 'PSP_DOWN', '1'],
    ['gone', 410, 'PSP_DOWN', undefined],
  ] as const)(
    'a failure of kind %s, says %d without internals and logs them',
    async (kind, status, code, retryAfter) => {
      const create = () => Promise.reject(new AppError('PSP_DOWN', kind, 'host 10.0.0.7 refused'));
      const { app, token, log } = testApp({ create });
      const answer = await request(app)
        .post('/api/rides')
        .set('Authorization', await token())
        .send({ note: 'x' });
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([status, code, retryAfter]);
      expect(answer.text.includes('10.0.0.7')).toBe(status < 500);
      expect(log.at(-1)).toMatchObject({
        level: status >= 500 ? 'error' : 'info',
        fields: { code: 'PSP_DOWN', route: '/api/rides', requestId: answer.headers['x-request-id'] },
      });
    },
  );

  test('an answer with a wait, rounds to what was asked', async () => {
    const create = () => Promise.reject(new AppError('BUSY', 'unavailable', 'x', { retryAfterS: 30 }));
    const { app, token } = testApp({ create });
    const answer = await request(app)
      .post('/api/rides')
      .set('Authorization', await token())
      .send({ note: 'x' });
    expect(answer.headers['retry-after']).toBe('30');
  });
});

describe('createServiceApp, beside its endpoints', () => {
  test('counts requests under their templates, and probes not at all', async () => {
    const { app, metrics, token } = testApp();
    await request(app)
      .get(`/api/rides/${RIDE_ID}`)
      .set('Authorization', await token());
    await request(app).get('/api/rides/1');
    await request(app).put('/api/rides/1');
    for (let index = 0; index < 5; index += 1) await request(app).get(`/random/${String(index)}`);
    await request(app).get('/health');
    await request(app).get('/metrics');
    const lines = (await metrics.render()).body.split('\n').filter((line) => line.startsWith('http_requests_total{'));
    expect(lines).toEqual([
      'http_requests_total{method="GET",route="/api/rides/{id}",status_code="200",service="trip"} 1',
      'http_requests_total{method="GET",route="/api/rides/{id}",status_code="401",service="trip"} 1',
      'http_requests_total{method="PUT",route="/api/rides/{id}",status_code="405",service="trip"} 1',
      'http_requests_total{method="GET",route="unmatched",status_code="404",service="trip"} 5',
    ]);
  });

  test('serves health, metrics and its own document', async () => {
    const { app } = testApp();
    expect((await request(app).get('/health')).body).toMatchObject({ status: 'healthy', service: 'trip' });
    for (const probe of ['live', 'ready', 'startup']) {
      const answer = await request(app).get(`/health/${probe}`);
      expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
    }
    const metrics = await request(app).get('/metrics');
    expect(metrics.headers['content-type']).toContain('application/openmetrics-text');
    const document = await request(app).get('/openapi.json');
    expect(document.body.info).toMatchObject({ version: '1.2.3' });
    expect(Object.keys(document.body.paths as object)).toContain('/api/rides/{id}');
    expect(Object.keys(document.body.paths as object)).not.toContain('/internal/rides/{id}/claim');
  });

  test('while it starts and when its database is gone, says so to probes', async () => {
    const clock = { now: () => new Date(0) };
    const database = () => Promise.reject(new Error('no'));
    const health = createHealth({ service: 'trip', version: '1', clock, database });
    const { app } = testApp({ health });
    expect((await request(app).get('/health')).status).toBe(503);
    const ready = await request(app).get('/health/ready');
    expect([ready.status, ready.body]).toEqual([503, { status: 'no', reason: 'starting' }]);
    expect((await request(app).get('/health/startup')).status).toBe(503);
    expect((await request(app).get('/health/live')).status).toBe(200);
  });

  test('extended with handlers of another kind, answers their failures like its own', async () => {
    const { app, log } = testApp({
      extend: (extended) => {
        extended.get('/fails', () => {
          throw new Error('broken inside');
        });
        extended.get('/breaks', (_request, response) => {
          response.write('half an');
          throw new Error('broken half way');
        });
        extended.get('/report', (_request, response) => {
          response.type('text/csv').send('a,b');
        });
      },
    });
    const failed = await request(app).get('/fails');
    expect([failed.status, failed.body.code]).toEqual([500, 'INTERNAL']);
    expect(failed.text).not.toContain('broken');
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    await expect(fetch(`${server.url}/breaks`).then((answer) => answer.text())).rejects.toThrow();
    await server.close();
    expect(log.map(({ level }) => level)).toEqual(['error', 'error']);
    expect((await request(app).get('/report')).text).toBe('a,b');
  });

  test('with an answer that is a text of another type, sends it as it is', async () => {
    const route = defineRoute({
      id: 'report',
      owner: 'trip',
      tag: 'Reports',
      summary: 'x',
      method: 'GET',
      path: '/report',
      callers: ['anyone'],
      params: emptySchema,
      query: emptySchema,
      body: null,
      responses: { 200: z.string() },
    });
    const report = endpoint<typeof route, string>(route, {
      run: () => Promise.resolve('a,b\n'),
      respond: (csv) => ({ status: 200, headers: { 'Content-Type': 'text/csv; charset=utf-8' }, body: csv }),
    });
    const { metrics, clock } = testApp();
    const health = createHealth({ service: 'x', version: '1', clock });
    const ids = { next: () => 'id' };
    const app = createServiceApp({
      environment: 'test',
      logger: silentLogger,
      metrics,
      health,
      clock,
      ids,
      endpoints: [report],
    });
    expect((await request(app).get('/report')).text).toBe('a,b\n');
  });

  test('with a ride made by its rules, tells the service who called', async () => {
    const seen: unknown[] = [];
    const { app, keys } = testApp({
      create: (call) => {
        seen.push(call.principal);
        return makeRide(call);
      },
    });
    await request(app)
      .post('/api/rides')
      .set('Authorization', `Bearer ${await keys.serviceTokens('payment').issue()}`)
      .send({ note: 'x' });
    expect(seen).toEqual([{ kind: 'service', service: 'payment' }]);
  });
});
