import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@rideshare/testing';
import { startGateway } from './support/running-gateway.ts';
import type { Gateway } from './support/running-gateway.ts';

const RIDER = '019c0000-0000-7000-8000-00000000000a';
const TRIP = '019c0000-0000-7000-8000-00000000000b';
const json = { 'content-type': 'application/json' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ CORS_ORIGINS: 'https://app.example', UPSTREAM_TIMEOUT_MS: '500' });
});
afterAll(() => gateway.close());

async function bearer(userId = RIDER): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await gateway.token(userId)}` };
}

async function codeOf(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return ((await response.json()) as { code: string }).code;
}

describe('the order of refusal', () => {
  it('an unknown path, with a bad token, is not found', async () => {
    const response = await gateway.call('/api/nothing', { headers: { authorization: 'Bearer x' } });
    expect([response.status, await codeOf(response)]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });

  it.each([
    '/internal/slots/reserve',
    '/internal/trips',
    '/api/../internal/slots/reserve',
    '/%69nternal/slots/reserve',
  ])('the inside, asked for as %s with a service token, is not found and not asked', async (path) => {
    const before = gateway.service.asked.length;
    const authorization = `Bearer ${await gateway.keys.serviceTokens('trip').issue()}`;
    const response = await gateway.call(path, { method: 'POST', headers: { ...json, authorization }, body: '{}' });
    expect(response.status).toBe(404);
    expect(gateway.service.asked).toHaveLength(before);
  });

  it('a known path, with another method and no token, tells the methods', async () => {
    const response = await gateway.call('/api/trips', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each([
    ['OPTIONS', '/api/payments/refund', 'POST'],
    ['GET', '/api/payments/refund', 'POST'],
    ['POST', '/api/drivers/nearby', 'GET, HEAD'],
    ['POST', '/api/stream', 'GET, HEAD'],
  ])('%s %s, is no request for an object of that name', async (method, path, allow) => {
    const response = await gateway.call(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  it('a missing token comes before size and type', async () => {
    const response = await gateway.call('/api/trips', { method: 'POST', body: 'x'.repeat(200_000) });
    expect([response.status, await codeOf(response)]).toEqual([401, 'TOKEN_MISSING']);
  });

  it('a missing role comes before size and type', async () => {
    const path = `/api/users/${RIDER}/suspension`;
    const response = await gateway.call(path, { method: 'PUT', headers: await bearer(), body: 'text' });
    expect([response.status, await codeOf(response)]).toEqual([403, 'ROLE_REQUIRED']);
  });

  it('a body that is too large, or of another type, is refused here', async () => {
    const before = gateway.service.asked.length;
    const large = await gateway.call('/api/trips', {
      method: 'POST',
      headers: { ...json, ...(await bearer()) },
      body: 'x'.repeat(102_401),
    });
    expect([large.status, await codeOf(large)]).toEqual([413, 'BODY_TOO_LARGE']);
    const text = await gateway.call('/api/trips', { method: 'POST', headers: await bearer(), body: 'text' });
    expect([text.status, await codeOf(text)]).toEqual([415, 'CONTENT_TYPE_UNSUPPORTED']);
    expect(gateway.service.asked).toHaveLength(before);
  });

  it('headers beyond 16 KiB are refused', async () => {
    const response = await gateway.call('/api/trips', { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(response.status).toBe(431);
  });
});

describe('what is passed on', () => {
  it('keeps the method, the path, the body and the key, and answers with what the service said', async () => {
    gateway.service.asked.length = 0;
    const response = await gateway.call('/api/quotes?a=%20b', {
      method: 'POST',
      headers: { ...json, ...(await bearer()), 'idempotency-key': 'k1', 'x-request-id': 'mine' },
      body: '{"a":1}',
    });
    expect([response.status, await response.json()]).toEqual([200, { from: 'service' }]);
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(response.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(gateway.service.asked).toMatchObject([
      {
        method: 'POST',
        url: '/api/quotes?a=%20b',
        body: '{"a":1}',
        headers: { 'idempotency-key': 'k1', 'x-request-id': 'mine' },
      },
    ]);
  });

  it('tells the true address and drops what outsiders say about it, and baggage that is not ours', async () => {
    gateway.service.asked.length = 0;
    await gateway.call(`/api/trips/${TRIP}`, {
      headers: {
        ...(await bearer()),
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=1.2.3.4',
        'x-real-ip': '1.2.3.4',
        baggage: 'synthetic=1,user=alice, region=pt',
      },
    });
    await gateway.call(`/api/trips/${TRIP}`, { headers: { ...(await bearer()), baggage: 'user=alice' } });
    const [first, second] = gateway.service.asked.map(({ headers }) => headers);
    expect(first).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      baggage: 'synthetic=1,region=pt',
    });
    expect(first).not.toHaveProperty('forwarded');
    expect(first).not.toHaveProperty('x-real-ip');
    expect(first).not.toHaveProperty('x-forwarded-host');
    expect(second).not.toHaveProperty('baggage');
  });

  it('a service that says no to a body without a length is heard', async () => {
    gateway.service.answerWith((_request, response) => response.writeHead(413).end());
    const response = await gateway.call('/api/quotes', {
      method: 'POST',
      headers: { ...json, ...(await bearer()) },
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"long":'));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
  });
});

describe('a service that is in trouble', () => {
  it('hangs: the caller is told to come back, and the request is not repeated', async () => {
    gateway.service.asked.length = 0;
    gateway.service.answerWith(() => undefined);
    const response = await gateway.call(`/api/trips/${TRIP}`, { headers: await bearer() });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await codeOf(response)).toBe('UPSTREAM_UNAVAILABLE');
    expect(gateway.service.asked).toHaveLength(1);
  });

  it('cuts the connection: the same', async () => {
    gateway.service.answerWith((request) => request.destroy());
    const response = await gateway.call(`/api/trips/${TRIP}`, { headers: await bearer() });
    expect([response.status, await codeOf(response)]).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
  });

  it('breaks off in the middle of an answer: the answer is cut, not completed', async () => {
    gateway.service.answerWith((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.destroy());
    });
    const response = await gateway.call(`/api/trips/${TRIP}`, { headers: await bearer() });
    await expect(response.text()).rejects.toThrow();
  });
});

describe('browsers', () => {
  it('of a named origin may call, and may ask first', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const asked = await gateway.call('/api/trips', { method: 'OPTIONS', headers });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(asked.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    const called = await gateway.call('/openapi.json', { headers: { origin: 'https://app.example' } });
    expect(called.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect(called.headers.get('vary')).toContain('Origin');
  });

  it('of any other origin may not', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const response = await gateway.call('/api/trips', { method: 'OPTIONS', headers });
    expect(response.status).toBe(405);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the gateway itself', () => {
  it('lists every service in its health, and is degraded without one', async () => {
    gateway.service.answerWith((_request, response) => response.end('{}'));
    const health = await eventually(async () => {
      const report = (await (await gateway.call('/health')).json()) as {
        status: string;
        checks: { external_apis: { name: string; status: string }[] };
      };
      return report.status === 'healthy' ? report : undefined;
    });
    expect(health.checks.external_apis.map(({ name }) => name)).toEqual([
      'user',
      'driver',
      'trip',
      'payment',
      'notification',
      'event_log',
    ]);
  });

  it('serves the document of all public routes and none of the inside', async () => {
    const document = (await (await gateway.call('/openapi.json')).json()) as { paths: Record<string, unknown> };
    const paths = Object.keys(document.paths);
    expect(paths).toEqual(expect.arrayContaining(['/api/stream', '/api/trips', '/api/users']));
    expect(paths.filter((path) => path.startsWith('/internal'))).toEqual([]);
  });

  it('sends no HSTS outside production, and shows metrics with the routes as templates', async () => {
    const response = await gateway.call('/metrics');
    expect(response.headers.get('strict-transport-security')).toBeNull();
    expect(await response.text()).toContain('route="/api/trips/{id}"');
  });

  it('answers a pipelined request after a refused one on the same connection', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const request = 'GET /api/trips/x HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.write(request + request);
    await eventually(() => (text.split('HTTP/1.1 401').length === 3 ? true : undefined));
    socket.destroy();
  });
});
