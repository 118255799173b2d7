import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fakeClock, testKeys } from '@rideshare/testing';
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { createAccessTokenVerifier, createServiceTokens, hasRole, userId } from './index.ts';

const USER_ID = '0190a8a0-0000-7000-8000-000000000001';
const clock = fakeClock(new Date());
const keys = testKeys(clock);

describe('createAccessTokenVerifier', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function serveKeys(answer: () => { status: number; body: unknown }): Promise<string> {
    const server = createServer((_request, response) => {
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks.json`;
  }

  test('with keys from a URL, fetches them once and knows the person', async () => {
    let fetched = 0;
    const jwksUrl = await serveKeys(() => {
      fetched += 1;
      return { status: 200, body: keys.jwks };
    });
    const verifier = createAccessTokenVerifier({ jwksUrl, clock });
    const token = await keys.issueUserToken({ userId: USER_ID, roles: ['rider', 'driver'] });
    const principal = await verifier.verify(token);
    await verifier.verify(await keys.issueUserToken({ userId: USER_ID }));
    expect(principal).toEqual({ kind: 'user', userId: USER_ID, roles: ['rider', 'driver'] });
    expect(await verifier.verify(token)).toBe(principal);
    expect(fetched).toBe(1);
  });

  test('while the keys cannot be had, refuses nobody and asks to come back', async () => {
    const token = await keys.issueUserToken({ userId: USER_ID });
    for (const jwksUrl of ['http://127.0.0.1:9/jwks.json', await serveKeys(() => ({ status: 503, body: {} }))]) {
      const verifier = createAccessTokenVerifier({ jwksUrl, clock });
      await expect(verifier.verify(token)).rejects.toMatchObject({
        code: 'OVERLOADED',
        kind: 'unavailable',
        retryAfterS: 1,
      });
    }
  });

  test('with keys in the URL itself, needs nobody', async () => {
    const { JWKS_URL: jwksUrl = '' } = keys.environment('trip');
    const verifier = createAccessTokenVerifier({ jwksUrl, clock });
    expect(await verifier.verify(await keys.issueUserToken({ userId: USER_ID }))).toMatchObject({ userId: USER_ID });
    keys.dispose();
  });

  test.each([
    ['for others', { audience: 'internal' }],
    ['by others', { issuer: 'somebody' }],
  ])('refuses a token that was made %s', async (_how, claims) => {
    const verifier = createAccessTokenVerifier({ jwks: keys.jwks, clock });
    const token = await keys.issueUserToken({ userId: USER_ID, ...claims });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('for a token that it knows, still looks at the clock', async () => {
    const verifier = createAccessTokenVerifier({ jwks: keys.jwks, clock });
    const token = await keys.issueUserToken({ userId: USER_ID, expiresInS: 30 });
    await verifier.verify(token);
    clock.advance(40_000);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });
});

describe('createServiceTokens', () => {
  /** A token that the driver service signs with its own key, and that says what it likes. */
  async function signedByDriver(claims: { issuer?: string; audience?: string; agoS?: number }): Promise<string> {
    const { SERVICE_PRIVATE_KEY_FILE: file = '' } = keys.environment('driver');
    const key = await importJWK(JSON.parse(readFileSync(file, 'utf8')) as JWK, 'EdDSA');
    const issuedAtS = Math.floor(clock.now().getTime() / 1_000) - (claims.agoS ?? 0);
    keys.dispose();
    return new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'driver' })
      .setIssuer(claims.issuer ?? 'driver')
      .setAudience(claims.audience ?? 'internal')
      .setIssuedAt(issuedAtS)
      .setExpirationTime(issuedAtS + 3_600)
      .sign(key);
  }

  test('believes a service that speaks for itself, to services, of now', async () => {
    const token = await signedByDriver({});
    expect(await keys.serviceTokens('trip').verify(token)).toEqual({ kind: 'service', service: 'driver' });
  });

  test.each([
    ['in the name of another', { issuer: 'payment' }],
    ['to people', { audience: 'rideshare-api' }],
    ['of long ago, however long it says to last', { agoS: 600 }],
  ])('refuses what a service signed %s', async (_how, claims) => {
    const verifying = keys.serviceTokens('trip').verify(await signedByDriver(claims));
    await expect(verifying).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('issues a token that the others accept, the same one for a while', async () => {
    const payment = keys.serviceTokens('payment');
    const token = await payment.issue();
    expect(await keys.serviceTokens('trip').verify(token)).toEqual({ kind: 'service', service: 'payment' });
    expect(await payment.issue()).toBe(token);
    clock.advance(45_000);
    const next = await payment.issue();
    expect(next).not.toBe(token);
    clock.advance(25_000);
    await expect(keys.serviceTokens('trip').verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(await keys.serviceTokens('trip').verify(next)).toMatchObject({ service: 'payment' });
  });

  test('does not let a service speak for another, nor a stranger or a person for any', async () => {
    const trip = keys.serviceTokens('trip');
    const { SERVICE_PRIVATE_KEY_FILE: path = '' } = keys.environment('driver');
    const privateKey = JSON.parse(readFileSync(path, 'utf8')) as Parameters<
      typeof createServiceTokens
    >[0]['privateKey'];
    const liar = createServiceTokens({ service: 'payment', privateKey, publicKeys: keys.serviceJwks, clock });
    const stranger = testKeys(clock).serviceTokens('payment');
    const person = await keys.issueUserToken({ userId: USER_ID, audience: 'internal' });
    for (const token of [await liar.issue(), await stranger.issue(), person, 'x']) {
      await expect(trip.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID', kind: 'unauthenticated' });
    }
    keys.dispose();
  });
});

describe('a principal', () => {
  test('that is a person, has an id and roles; another has neither', () => {
    const person = { kind: 'user', userId: USER_ID, roles: ['rider'] } as const;
    const service = { kind: 'service', service: 'trip' } as const;
    expect(userId(person)).toBe(USER_ID);
    expect([hasRole(person, 'rider'), hasRole(person, 'admin'), hasRole(service, 'rider')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(() => userId(service)).toThrow(expect.objectContaining({ code: 'ROLE_REQUIRED' }));
  });
});
