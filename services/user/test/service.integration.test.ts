import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@rideshare/observability';
import { decodeProtectedHeader } from 'jose';
import supertest from 'supertest';
import { userConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';
import { bearer, eventually, startUser } from './support/running-user.ts';
import type { RunningUser } from './support/running-user.ts';
import { tokenKey } from './support/token-key-file.ts';

let user: RunningUser;
beforeAll(async () => {
  user = await startUser();
});
afterAll(() => user.close());

const publishedKids = async (): Promise<string[]> => {
  const answer = await user.request.get('/.well-known/jwks.json').expect(200);
  return (answer.body.keys as { kid: string }[]).map(({ kid }) => kid);
};

describe('the keys of access tokens', () => {
  it('are published without their private halves, to be kept for a minute', async () => {
    const answer = await user.request.get('/.well-known/jwks.json').expect(200);
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.body.keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', kid: 'first', x: expect.any(String), alg: 'EdDSA', use: 'sig' },
    ]);
  });

  it('are rotated without a restart and without ending a session', async () => {
    const person = await user.person();
    expect(decodeProtectedHeader(person.accessToken).kid).toBe('first');
    const second = tokenKey('second');
    // the ways of a rotation: publish, sign, retire
    const { keys } = JSON.parse(JSON.stringify({ keys: [tokenKey('first')] })) as { keys: unknown[] };
    user.tokenKeys.write({ keys: [...keys, { ...second, status: 'next' }] });
    await user.restart();
    const early = await user.signIn(person.email);
    expect(decodeProtectedHeader(early.accessToken).kid).toBe('first');
    user.tokenKeys.write({ keys: [{ ...(keys[0] as object), status: 'retired' }, second] });
    await eventually(async () => ((await signingKid(person.email)) === 'second' ? true : undefined));
    expect(await publishedKids()).toEqual(['first', 'second']);
    await user.request.get(`/api/users/${person.id}`).set(bearer(early)).expect(200);
  }, 30_000);

  const signingKid = async (email: string) => decodeProtectedHeader((await user.signIn(email)).accessToken).kid;
});

describe('the service', () => {
  it('shows its health, its figures and its document', async () => {
    await user.person();
    for (const path of ['/health', '/health/live', '/health/ready', '/health/startup']) {
      await user.request.get(path).expect(200);
    }
    const metrics = await user.request.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/active_users_total\{service="user"\} [1-9]/);
    expect(metrics.text).toMatch(/user_logins_total\{outcome="succeeded",service="user"\} [1-9]/);
    expect(metrics.text).toMatch(/user_passwords_waiting\{service="user"\} 0/);
  });

  it('started with keys that cannot be used, refuses and closes what it had opened', async () => {
    const config = userConfig.load({ ...user.env, TOKEN_KEYS_FILE: '/nowhere/keys.json' });
    await expect(startService(config, { logger: silentLogger })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('asked to close, answers what is in flight and then nobody', async () => {
    const person = await user.person();
    const service = await startService(userConfig.load(user.env), { logger: silentLogger });
    const locked = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const holder = user.database.transaction(async (tx) => {
      await tx.query('select 1 from accounts where id = $1 for update', [person.id]);
      locked.resolve(undefined);
      await release.promise;
    });
    await locked.promise;
    const change = supertest(service.url).put(`/api/users/${person.id}`).set(bearer(person));
    const answered = change.send({ firstName: 'Ana', lastName: 'Alves' }).then(({ status }) => status);
    await eventually(async () => {
      const { rowCount } = await user.database.query(
        `select 1 from pg_stat_activity
         where application_name = 'user' and datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount > 0 ? true : undefined;
    });
    const closed = service.close();
    release.resolve(undefined);
    expect(await answered).toBe(200);
    await Promise.all([closed, holder]);
    await expect(supertest(service.url).get('/health/live')).rejects.toThrow('ECONNREFUSED');
  });
});
