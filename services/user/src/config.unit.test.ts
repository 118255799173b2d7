import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { userConfig } from './config.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const key = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'user' };
const { d: _private, ...publicKey } = key;
const privateKeyFile = path.join(directory, 'private.json');
const publicKeysFile = path.join(directory, 'public.json');
writeFileSync(privateKeyFile, JSON.stringify(key));
writeFileSync(publicKeysFile, JSON.stringify({ keys: [publicKey] }));

const needed = {
  DATABASE_URL: 'postgres://user:secret-word@localhost:5432/rideshare',
  SERVICE_PRIVATE_KEY_FILE: privateKeyFile,
  SERVICE_PUBLIC_KEYS_FILE: publicKeysFile,
  TOKEN_KEYS_FILE: '/keys.json',
  REFRESH_TOKEN_SECRET: 'x'.repeat(32),
};
const administrator = { ADMIN_EMAIL: 'admin@rideshare.local', ADMIN_PASSWORD: 'local-admin-only' };

function refusalOf(env: Record<string, string>): { code?: string; fields?: { pointer: string }[] } | undefined {
  try {
    userConfig.load(env);
    return undefined;
  } catch (error) {
    return error as { code: string; fields: { pointer: string }[] };
  }
}

describe('userConfig', () => {
  it('with what is needed and nothing else, follows the rules of production', () => {
    const config = userConfig.load(needed);
    expect(config).toMatchObject({
      environment: 'production',
      port: 8081,
      addressFailuresMax: 100,
      administrator: undefined,
      passwordPool: { concurrency: undefined, queueMax: 64 },
      sessionPolicy: { refreshTokenTtlMs: 2_592_000_000, sessionTtlMs: 7_776_000_000 },
    });
    expect(JSON.stringify(config)).not.toContain('secret-word');
  });

  it('with nothing, names every variable that is missing', () => {
    expect(
      refusalOf({})
        ?.fields?.map(({ pointer }) => pointer)
        .toSorted(),
    ).toEqual(Object.keys(needed).toSorted());
  });

  it('in development, takes the well-known administrator and lets addresses fail more often', () => {
    const config = userConfig.load({ ...needed, ...administrator, ENVIRONMENT: 'development' });
    expect(config.administrator?.email).toBe('admin@rideshare.local');
    expect(config.administrator?.password.reveal()).toBe('local-admin-only');
    expect(config.addressFailuresMax).toBe(10_000);
  });

  it.each([
    ['the administrator of development in production', administrator, 'ADMIN_PASSWORD'],
    ['an administrator without a password', { ADMIN_EMAIL: 'a@b.example' }, 'ADMIN_PASSWORD'],
    ['an administrator without an address', { ADMIN_PASSWORD: 'long enough' }, 'ADMIN_EMAIL'],
    ['an address that is none', { ...administrator, ADMIN_EMAIL: 'admin' }, 'ADMIN_EMAIL'],
    ['a secret that is short', { REFRESH_TOKEN_SECRET: 'x'.repeat(31) }, 'REFRESH_TOKEN_SECRET'],
    ['a pool of nobody', { PASSWORD_HASH_CONCURRENCY: '0' }, 'PASSWORD_HASH_CONCURRENCY'],
  ])('with %s, is refused', (_situation, env, pointer) => {
    expect(refusalOf({ ...needed, ...env })).toMatchObject({ code: 'CONFIG_INVALID', fields: [{ pointer }] });
  });

  it('is what .env.example lists, but for what may no longer be set', () => {
    const lines = readFileSync(path.join(import.meta.dirname, '..', '.env.example'), 'utf8').split('\n');
    const entries = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('=') as [string, string]);
    const refused = Object.entries(userConfig.vars)
      .filter(([, schema]) => !schema.safeParse('refused?').success && schema.safeParse(undefined).success)
      .filter(([name]) =>
        /^(JWT_SECRET|JAEGER_ENDPOINT|OTEL_SERVICE_VERSION|REDIS_URL|CASSANDRA_HOSTS|KAFKA_BROKERS)$/.test(name),
      )
      .map(([name]) => name);
    expect(entries.map(([name]) => name).toSorted()).toEqual(
      Object.keys(userConfig.vars)
        .filter((name) => !refused.includes(name))
        .toSorted(),
    );
    // what it shows as a default is the default
    expect(userConfig.load({ ...Object.fromEntries(entries), ...needed })).toEqual(userConfig.load(needed));
  });
});
