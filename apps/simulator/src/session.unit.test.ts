import { afterEach, describe, expect, it } from '@jest/globals';
import { answerJson, startTinyServer } from '../test/support/tiny-server.ts';
import type { TinyServer } from '../test/support/tiny-server.ts';
import { createApi } from './api.ts';
import { signIn, signUp } from './session.ts';

const person = { email: 'a@example.org', password: 'secret-enough', firstName: 'A', lastName: 'B' };
let server: TinyServer;

/** Tokens that live this long; the first is token-1. */
async function serve(expiresIn: number, refusals: Readonly<Record<string, readonly [number, string]>> = {}) {
  let issued = 0;
  server = await startTinyServer(({ path }, response) => {
    const refusal = refusals[path];
    if (refusal) {
      answerJson(response, refusal[0], { code: refusal[1], detail: 'no' });
      return;
    }
    issued += 1;
    const session = { accessToken: `token-${String(issued)}`, refreshToken: `refresh-${String(issued)}`, expiresIn };
    answerJson(response, path === '/api/users' ? 201 : 200, { ...session, user: { id: 'user-1' } });
  });
  return createApi(server.url);
}

const paths = () => server.received.map(({ path }) => path);

afterEach(async () => {
  await server.close();
});

describe('signIn', () => {
  it('keeps its token while it lasts', async () => {
    const session = await signIn(await serve(900), person);
    expect([session.userId, await session.token(), await session.token()]).toEqual(['user-1', 'token-1', 'token-1']);
    expect(paths()).toEqual(['/api/auth/login']);
  });

  it('renews a token that is about to run out, once for everybody who waits', async () => {
    const session = await signIn(await serve(60), person);
    expect(await Promise.all([session.token(), session.token()])).toEqual(['token-2', 'token-2']);
    expect(server.received[1]).toMatchObject({ path: '/api/auth/refresh', body: { refreshToken: 'refresh-1' } });
    await session.renew();
    expect(server.received[2]).toMatchObject({ body: { refreshToken: 'refresh-2' } });
  });

  it('signs in again when its session has ended', async () => {
    const session = await signIn(await serve(60, { '/api/auth/refresh': [401, 'REFRESH_TOKEN_INVALID'] }), person);
    expect(await session.token()).toBe('token-2');
    expect(paths()).toEqual(['/api/auth/login', '/api/auth/refresh', '/api/auth/login']);
  });

  it('passes on why it cannot be renewed', async () => {
    const session = await signIn(await serve(60, { '/api/auth/refresh': [403, 'USER_SUSPENDED'] }), person);
    await expect(session.token()).rejects.toMatchObject({ code: 'USER_SUSPENDED' });
  });
});

describe('signUp', () => {
  it('opens an account and signs in', async () => {
    await signUp(await serve(900), person);
    expect(paths()).toEqual(['/api/users', '/api/auth/login']);
    const key = server.received[0]?.headers['idempotency-key'];
    // a second run with the same seed must not be given the answers of the first
    await signUp(await serve(900), person);
    expect(server.received[0]?.headers['idempotency-key']).not.toBe(key);
  });

  it('signs in where the account is there from an earlier run', async () => {
    const session = await signUp(await serve(900, { '/api/users': [409, 'EMAIL_TAKEN'] }), person);
    expect(session.userId).toBe('user-1');
  });

  it('passes any other refusal on', async () => {
    const api = await serve(900, { '/api/users': [422, 'VALIDATION_FAILED'] });
    await expect(signUp(api, person)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
