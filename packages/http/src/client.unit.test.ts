import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { silentLogger } from '@rideshare/testing';
import {
  claimRide,
  createRide,
  endRide,
  getRide,
  listRides,
  receiveHook,
  RIDE_ID,
  testApp,
} from '../test/support/test-app.ts';
import { createServiceClient, isAmbiguous, listen } from './index.ts';
import type { RunningServer } from './index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('createServiceClient', () => {
  const servers: RunningServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  /** Patient unless told: a test machine may stand still for longer than any deadline worth waiting for. */
  async function serve(answers: readonly Answer[], timeoutMs = 30_000) {
    const requests: IncomingMessage[] = [];
    const server = await listen(
      (request, response) => {
        requests.push(request);
        request.resume();
        const answer = answers[Math.min(requests.length, answers.length) - 1];
        response.setHeader('connection', 'close');
        answer?.(request, response);
      },
      { host: '127.0.0.1', port: 0, graceMs: 10 },
    );
    servers.push(server);
    const client = createServiceClient({
      baseUrl: server.url,
      tokens: { issue: () => Promise.resolve('token') },
      logger: silentLogger,
      timeoutMs,
    });
    return { client, requests };
  }
  const json =
    (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
    (_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
    json(status, { type: 'x', title: 'x', status, detail: 'no', instance: '/', code, traceId: 'x' }, headers);
  const breaksOff =
    (status: number): Answer =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': '50' });
      response.write('{');
      setImmediate(() => response.destroy());
    };
  const text =
    (status: number, body: string): Answer =>
    (_request, response) =>
      response.writeHead(status).end(body);
  const ride = { id: 'r', at: '2026-03-01T12:00:00.000Z', note: 'x' };

  test('calling a service of ours, proves who calls, sends a key and reads the answer', async () => {
    const { app, keys } = testApp();
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    servers.push(server);
    const client = createServiceClient({ baseUrl: server.url, tokens: keys.serviceTokens('driver') });
    const claimed = await client.call(claimRide, { params: { id: RIDE_ID }, body: { epoch: 1 } });
    expect(claimed).toEqual({ status: 200, body: { by: 'driver', key: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    const named = await client.call(claimRide, { params: { id: RIDE_ID }, body: { epoch: 1 }, idempotencyKey: 'mine' });
    expect(named.body).toEqual({ by: 'driver', key: 'mine' });
  });

  test('with parameters and a query, writes them into the URL', async () => {
    const { client, requests } = await serve([json(200, { id: 'x', limit: 1 })]);
    await client.call(getRide, { params: { id: 'a/b' } });
    await client.call(listRides, { query: { limit: 5, cursor: undefined } });
    expect(requests.map(({ url }) => url)).toEqual(['/api/rides/a%2Fb', '/api/rides?limit=5']);
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer token' });
    expect(requests[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  test.each([502, 503, 504])('answered %d once, sends the same request again', async (status) => {
    const { client, requests } = await serve([problem(status, 'X'), json(201, ride)]);
    expect(await client.call(createRide, { body: { note: 'x' } })).toEqual({ status: 201, body: ride });
    const sent = requests.map(({ headers }) => headers['idempotency-key']);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toBe(sent[1]);
  });

  test.each<[string, Answer, number]>([
    ['broken connections', (request) => request.socket.destroy(), 2],
    ['no answer', () => undefined, 2],
    ['an answer that breaks off', breaksOff(201), 2],
    ['a refusal that breaks off', breaksOff(409), 2],
    ['503', problem(503, 'X'), 2],
    ['a request still at work', problem(409, 'IDEMPOTENCY_IN_PROGRESS'), 2],
    ['500', problem(500, 'INTERNAL'), 1],
    ['an answer against its contract', json(201, { id: 1 }), 1],
  ])('given %s and nothing else, says that the outcome is open', async (name, answer, attempts) => {
    const { client, requests } = await serve([answer], name === 'no answer' ? 250 : undefined);
    const error = await client.call(createRide, { body: { note: 'x' } }).catch((thrown: unknown) => thrown);
    expect(isAmbiguous(error)).toBe(true);
    expect(error).toMatchObject({ kind: 'unavailable', retryable: true });
    expect(requests).toHaveLength(attempts);
  });

  test.each([
    [404, 'RIDE_NOT_FOUND', 'not_found'],
    [409, 'RIDE_TAKEN', 'conflict'],
    [410, 'QUOTE_EXPIRED', 'gone'],
    [422, 'CODE_WRONG', 'invalid'],
    [429, 'RATE_LIMITED', 'rate_limited'],
  ])('refused with %d, throws the refusal itself and asks once', async (status, code, kind) => {
    const { client, requests } = await serve([problem(status, code, { 'retry-after': '7' })]);
    const error = await client.call(createRide, { body: { note: 'x' } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, kind, retryAfterS: 7, message: 'no' });
    expect(isAmbiguous(error)).toBe(false);
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['401', problem(401, 'TOKEN_INVALID')],
    ['403', problem(403, 'ROLE_REQUIRED')],
    ['a page instead of a problem', text(404, '<html>')],
    ['something else than a problem', json(404, { error: 'no' })],
    ['nothing but a status', text(404, '')],
    ['a redirect', json(200, 'x', {})],
  ])('not let in with %s, takes it for a defect of ours and not of the caller', async (name, answer) => {
    const { client } = await serve([
      name === 'a redirect'
        ? (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
        : answer,
    ]);
    const error = await client.call(receiveHook, { body: {} }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: name === 'a redirect' ? 'UPSTREAM_AMBIGUOUS' : 'UPSTREAM_REFUSED' });
  });

  test('without an answer to read, has none', async () => {
    const { client } = await serve([(_request, response) => response.writeHead(204).end()]);
    expect(await client.call(endRide, { params: { id: RIDE_ID } })).toEqual({ status: 204, body: null });
  });
});

describe('isAmbiguous', () => {
  test.each([
    [new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'x'), true],
    [new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'x'), true],
    [new AppError('RIDE_TAKEN', 'conflict', 'x'), false],
    [new Error('UPSTREAM_AMBIGUOUS'), false],
  ])('of %s, is %s', (error, expected) => {
    expect(isAmbiguous(error)).toBe(expected);
  });
});

describe('listen', () => {
  test('closing, answers what is under way, lets idle connections go and accepts nothing more', async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>();
    const server = await listen(
      (request, response) => {
        arrive(undefined);
        void mayEnd.then(() => response.end(request.url));
      },
      { host: '127.0.0.1', port: 0 },
    );
    const answer = fetch(`${server.url}/slow`);
    await arrived;
    const closed = server.close();
    expect(server.close()).toBe(closed);
    await expect(fetch(server.url)).rejects.toThrow();
    end(undefined);
    expect(await (await answer).text()).toBe('/slow');
    await closed;
  });

  test('closing, cuts what does not end in time', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>();
    const server = await listen(() => arrive(undefined), { host: '127.0.0.1', port: 0, graceMs: 20 });
    const answer = fetch(server.url).catch(() => 'cut');
    await arrived;
    await server.close();
    expect(await answer).toBe('cut');
  });

  test('on a port that is taken, says which', async () => {
    const server = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    await expect(listen(() => undefined, { host: '127.0.0.1', port: server.port })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `cannot listen on 127.0.0.1:${String(server.port)}: EADDRINUSE`,
    });
    await server.close();
  });
});
