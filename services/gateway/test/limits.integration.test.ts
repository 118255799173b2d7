import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@rideshare/testing';
import { startGateway } from './support/running-gateway.ts';
import type { Gateway } from './support/running-gateway.ts';

const RIDER = '019c0000-0000-7000-8000-00000000000a';
const OTHER = '019c0000-0000-7000-8000-00000000000c';
const json = { 'content-type': 'application/json' };

let gateway: Gateway;
afterEach(() => gateway.close());

describe('rate limits', () => {
  it('refuse the next request with the time to wait, per person', async () => {
    gateway = await startGateway();
    const headers = { ...json, authorization: `Bearer ${await gateway.token(RIDER)}` };
    const post = (more: object) =>
      gateway.call('/api/quotes', { method: 'POST', headers: { ...headers, ...more }, body: '{}' });
    const first = await post({});
    expect(first.headers.get('ratelimit-limit')).toBe('120');
    expect(first.headers.get('ratelimit-remaining')).toBe('119');
    for (let count = 1; count < 120; count += 1) await (await post({})).arrayBuffer();
    const refused = await post({});
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await post({ authorization: `Bearer ${await gateway.token(OTHER)}` })).status).toBe(200);
  });

  it('count people without a token by the address that a trusted proxy tells', async () => {
    gateway = await startGateway({ TRUST_PROXY: 'loopback' });
    const login = (address: string) =>
      gateway.call('/api/auth/login', { method: 'POST', headers: { ...json, 'x-forwarded-for': address }, body: '{}' });
    for (let count = 0; count < 20; count += 1) await login('10.0.0.1');
    expect((await login('10.0.0.1')).status).toBe(429);
    expect((await login('10.0.0.2')).status).toBe(200);
    expect(gateway.service.asked.at(-1)?.headers['x-forwarded-for']).toBe('10.0.0.2');
  });

  it('count a network of IPv6 as one, in which everybody may have any number of addresses', async () => {
    gateway = await startGateway({ TRUST_PROXY: 'loopback' });
    const login = (address: string) =>
      gateway.call('/api/auth/login', { method: 'POST', headers: { ...json, 'x-forwarded-for': address }, body: '{}' });
    for (let count = 0; count < 20; count += 1) await login(`2001:db8:1:2::${count.toString(16)}`);
    expect((await login('2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await login('2001:db8:1:3::1')).status).toBe(200);
    expect(gateway.service.asked.at(-1)?.headers['x-forwarded-for']).toBe('2001:db8:1:3::1');
  });

  it('are raised by RATE_LIMIT_MULTIPLIER', async () => {
    gateway = await startGateway({ RATE_LIMIT_MULTIPLIER: '3' });
    const response = await gateway.call('/api/auth/login', { method: 'POST', headers: json, body: '{}' });
    expect(response.headers.get('ratelimit-limit')).toBe('60');
  });
});

describe('load shedding', () => {
  it('a flood of logins leaves trips alone, and reads leave room for trips in progress', async () => {
    gateway = await startGateway({ CONCURRENCY_MAX: '8', CONCURRENCY_RESERVE: '6', CONCURRENCY_AUTH: '2' });
    const { asked } = gateway.service;
    gateway.service.answerWith(() => undefined);
    const leaving = new AbortController();
    const hang = (path: string, init: RequestInit = {}) =>
      void gateway.call(path, { ...init, signal: leaving.signal }).catch(() => undefined);
    const login = { method: 'POST', headers: json, body: '{}' };
    hang('/api/auth/login', login);
    hang('/api/auth/login', login);
    await eventually(() => (asked.length === 2 ? true : undefined));
    const shed = await gateway.call('/api/auth/login', login);
    expect([shed.status, shed.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await shed.json()).toMatchObject({ code: 'OVERLOADED' });

    const headers = { authorization: `Bearer ${await gateway.token(RIDER)}` };
    hang('/api/trips/history', { headers });
    hang('/api/trips/history', { headers });
    await eventually(() => (asked.length === 4 ? true : undefined));
    expect((await gateway.call('/api/trips/history', { headers })).status).toBe(503);
    gateway.service.answerWith((_request, response) => response.end('{}'));
    expect((await gateway.call(`/api/trips/${RIDER}`, { headers })).status).toBe(200);

    leaving.abort();
    await eventually(async () =>
      (await gateway.call('/api/trips/history', { headers })).status === 200 ? true : undefined,
    );
  });
});

describe('production', () => {
  it('keeps metrics and pages of development to itself, and tells browsers to use HTTPS', async () => {
    gateway = await startGateway({ ENVIRONMENT: 'production', DRAIN_DELAY_MS: '0' });
    for (const path of ['/metrics', '/', '/mailbox', '/dev/city', '/dev/mailbox']) {
      expect([path, (await gateway.call(path)).status]).toEqual([path, 404]);
    }
    const docs = await gateway.call('/docs');
    expect(docs.status).toBe(200);
    expect(docs.headers.get('strict-transport-security')).toContain('max-age');
  });

  it('serves metrics on METRICS_PORT', async () => {
    const port = await freePort();
    gateway = await startGateway({ ENVIRONMENT: 'production', DRAIN_DELAY_MS: '0', METRICS_PORT: String(port) });
    const inside = `http://127.0.0.1:${String(port)}`;
    expect(await (await fetch(`${inside}/metrics`)).text()).toContain('service_info');
    expect((await fetch(`${inside}/health`)).status).toBe(404);
  });
});

describe('a gateway that is stopped', () => {
  it('lets the request under way finish', async () => {
    gateway = await startGateway();
    let finish: () => void = () => undefined;
    gateway.service.answerWith((_request, response) => {
      finish = () => response.end('{"done":true}');
    });
    const headers = { authorization: `Bearer ${await gateway.token(RIDER)}` };
    const answer = new Promise<number | undefined>((resolve, reject) => {
      httpRequest(`${gateway.url}/api/trips/${RIDER}`, { headers, agent: false }, (response) => {
        response.resume();
        response.once('end', () => {
          resolve(response.statusCode);
        });
      })
        .once('error', reject)
        .end();
    });
    await eventually(() => (gateway.service.asked.length === 1 ? true : undefined));
    const stopped = gateway.stop();
    finish();
    expect(await answer).toBe(200);
    await stopped;
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}
