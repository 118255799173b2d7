import { inspect } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAppError } from '@rideshare/kernel';
import fc from 'fast-check';
import type { z } from 'zod';
import { baseConfig, baseVars } from './base.ts';
import { databaseConfig, databaseVars } from './database.ts';
import { configInvalid, defineConfig } from './define-config.ts';
import { envBool, envChoice, envDurationMs, envInt, envList, envPort, envSecret, envText, envUrl } from './env.ts';
import { logConfig, logVars } from './event-log.ts';
import { internalConfig, internalVars } from './internal.ts';
import { Secret } from './secret.ts';

function problemsOf(load: () => unknown): Record<string, string> {
  try {
    load();
  } catch (error) {
    if (!isAppError(error) || error.code !== 'CONFIG_INVALID') throw error;
    return Object.fromEntries(error.fields.map(({ pointer, detail }) => [pointer, detail]));
  }
  return {};
}

describe('defineConfig', () => {
  const config = defineConfig({
    vars: {
      COUNT: envInt({ min: 1, max: 9, default: 3 }),
      KEY: envSecret({ minLength: 8 }),
      NAME: envText().optional(),
    },
    build: (values) => ({ nested: { count: values.COUNT, list: [values.NAME] }, key: values.KEY }),
  });

  test('with every variable right, gives the object that build made, frozen to its leaves', () => {
    const loaded = config.load({ KEY: 'long enough', NAME: ' x ' });
    expect(loaded.nested).toEqual({ count: 3, list: ['x'] });
    expect(loaded.key.reveal()).toBe('long enough');
    expect(() => (loaded.nested.list as unknown[]).push('y')).toThrow(TypeError);
    expect(() => ((loaded.nested as { count: number }).count = 4)).toThrow(TypeError);
  });

  test('with an empty or blank variable, takes it for unset', () => {
    expect(config.load({ KEY: 'long enough', COUNT: '', NAME: '  ' }).nested).toEqual({ count: 3, list: [undefined] });
  });

  test('with several variables wrong, names them all with the rule and never the value', () => {
    const problems = problemsOf(() => config.load({ COUNT: '12345', KEY: 'hush' }));
    expect(problems).toEqual({
      COUNT: 'must be an integer from 1 to 9',
      KEY: 'must be at least 8 characters long',
    });
    expect(JSON.stringify(problems)).not.toMatch(/12345|hush/);
  });

  test('with a rule between variables broken, lets build refuse', () => {
    const pair = defineConfig({
      vars: { A: envText().optional(), B: envText().optional() },
      build: ({ A, B }) => {
        if ((A === undefined) !== (B === undefined)) throw configInvalid([{ pointer: 'B', detail: 'goes with A' }]);
        return {};
      },
    });
    expect(problemsOf(() => pair.load({ A: 'x' }))).toEqual({ B: 'goes with A' });
    expect(problemsOf(() => pair.load({ A: 'x', B: 'y' }))).toEqual({});
  });
});

describe('environment variables', () => {
  const cases: [string, string, unknown, z.ZodType][] = [
    ['port', '8081', 8081, envPort(80)],
    ['port', '65536', undefined, envPort(80)],
    ['port', '80.5', undefined, envPort(80)],
    ['integer', '-5', -5, envInt({ min: -5, max: 5 })],
    ['integer', '1e1', undefined, envInt({ min: -5, max: 5 })],
    ['integer', '0x1', undefined, envInt({ min: -5, max: 5 })],
    ['duration', '20', 20, envDurationMs({ default: 10, min: 5, max: 20 })],
    ['duration', '10s', undefined, envDurationMs({ default: 10 })],
    ['switch', 'TRUE', true, envBool(false)],
    ['switch', 'off', false, envBool(true)],
    ['switch', 'maybe', undefined, envBool(true)],
    ['choice', 'b', 'b', envChoice(['a', 'b'])],
    ['choice', 'c', undefined, envChoice(['a', 'b'])],
    ['list', 'a, b,,c', ['a', 'b', 'c'], envList()],
    ['list', 'b', ['b'], envList(['a'], ['a', 'b'])],
    ['list', 'c', undefined, envList(['a'], ['a', 'b'])],
    ['list', ',', undefined, envList()],
    ['url', 'https://h:1/p/', 'https://h:1/p', envUrl()],
    ['url', 'h:1', undefined, envUrl()],
    ['url', 'data:,x', 'data:,x', envUrl(undefined, ['data'])],
  ];
  test.each(cases)('%s, given %j, becomes %j', (_name, text, expected, schema) => {
    const parsed = schema.safeParse(text);
    expect(parsed.data).toEqual(expected);
    expect(parsed.success).toBe(expected !== undefined);
  });

  test('an integer, whatever the text, is within its bounds or refused', () => {
    const schema = envInt({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const { success, data } = schema.safeParse(text);
        return success ? Number.isInteger(data) && data >= 0 && data <= 1_000 : true;
      }),
    );
  });

  test.each([
    ['text', envText()],
    ['url', envUrl()],
    ['secret', envSecret({ minLength: 1 })],
    ['list', envList()],
    ['integer', envInt({ min: 0, max: 1 })],
  ])('a %s without default, unset, must be set', (_name, schema) => {
    expect(schema.safeParse(undefined).error?.issues[0]?.message).toBe('must be set');
    expect(schema.optional().safeParse(undefined)).toEqual({ success: true, data: undefined });
  });

  test('a secret with a default, unset, is the default', () => {
    expect(envSecret({ minLength: 1, default: 'd' }).parse(undefined).reveal()).toBe('d');
  });
});

describe('Secret', () => {
  test('printed in any way, shows nothing of its value', () => {
    const secret = new Secret('hush');
    const prints = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret, { showHidden: true }),
    ];
    for (const text of prints) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('hush');
    }
    expect(secret.reveal()).toBe('hush');
  });
});

describe('baseConfig', () => {
  const base = defineConfig({ vars: baseVars, build: baseConfig });

  test('without any variable, has the rules of production', () => {
    expect(base.load({})).toEqual({
      environment: 'production',
      logLevel: 'info',
      version: '0.0.0',
      host: '127.0.0.1',
      port: 8080,
      drainDelayMs: 5_000,
    });
  });

  test('in development, does not wait before it drains, unless it is told to', () => {
    expect(base.load({ ENVIRONMENT: 'development' }).drainDelayMs).toBe(0);
    expect(base.load({ ENVIRONMENT: 'development', DRAIN_DELAY_MS: '7' }).drainDelayMs).toBe(7);
  });

  test.each([
    ['JWT_SECRET', 'JWKS_URL'],
    ['JAEGER_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['OTEL_SERVICE_VERSION', 'SERVICE_VERSION'],
    ['REDIS_URL', 'not available yet'],
    ['CASSANDRA_HOSTS', 'not available yet'],
  ])('given %s, refuses it and names %s', (name, hint) => {
    expect(problemsOf(() => base.load({ [name]: 'x' }))[name]).toContain(hint);
  });
});

describe('databaseConfig', () => {
  const database = defineConfig({ vars: databaseVars, build: databaseConfig });

  test('given a PostgreSQL URL, keeps it secret and has limits', () => {
    const loaded = database.load({ DATABASE_URL: 'postgres://u:p@h:5432/d' });
    expect(loaded.url.reveal()).toBe('postgres://u:p@h:5432/d');
    expect(loaded).toMatchObject({ poolMax: 10, statementTimeoutMs: 10_000, lockTimeoutMs: 5_000 });
  });

  test.each(['mysql://u:p@h/d', 'postgres://h', 'nonsense', ''])('given %p, refuses it', (url) => {
    expect(Object.keys(problemsOf(() => database.load({ DATABASE_URL: url })))).toEqual(['DATABASE_URL']);
  });
});

describe('logConfig', () => {
  const log = defineConfig({ vars: logVars, build: logConfig });

  test('without variables, has the usual prefix', () => {
    expect(log.load({})).toEqual({ topicPrefix: 'rideshare' });
  });

  test('given brokers or a prefix that no broker takes, refuses them', () => {
    const problems = problemsOf(() => log.load({ KAFKA_BROKERS: 'h:9092', KAFKA_TOPIC_PREFIX: 'a b' }));
    expect(Object.keys(problems)).toEqual(['KAFKA_BROKERS', 'KAFKA_TOPIC_PREFIX']);
  });
});

describe('internalConfig', () => {
  const internal = defineConfig({ vars: internalVars, build: internalConfig });
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'eA', kid: 'trip' };
  let directory: string;
  const file = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rideshare-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('given both key files, reads them and drops private halves from the public set', () => {
    const loaded = internal.load({
      SERVICE_PRIVATE_KEY_FILE: file('key.json', JSON.stringify({ ...publicKey, d: 'ZA', use: 'sig' })),
      SERVICE_PUBLIC_KEYS_FILE: file('keys.json', JSON.stringify({ keys: [{ ...publicKey, d: 'ZA' }] })),
      TRIP_URL: 'http://trip:3000/',
    });
    expect(loaded.privateKey.reveal()).toEqual({ ...publicKey, d: 'ZA' });
    expect(loaded.publicKeys).toEqual({ keys: [publicKey] });
    expect(loaded.urls).toMatchObject({ trip: 'http://trip:3000', user: 'http://127.0.0.1:8081' });
    expect(loaded.jwksUrl).toBe('http://127.0.0.1:8081/.well-known/jwks.json');
  });

  test('given files that are absent, no JSON or no such keys, refuses without quoting them', () => {
    const problems = problemsOf(() =>
      internal.load({
        SERVICE_PRIVATE_KEY_FILE: file('key.json', '{"kty":"RSA","d":"private"}'),
        SERVICE_PUBLIC_KEYS_FILE: join(directory, 'absent.json'),
      }),
    );
    expect(Object.keys(problems)).toEqual(['SERVICE_PRIVATE_KEY_FILE', 'SERVICE_PUBLIC_KEYS_FILE']);
    expect(JSON.stringify(problems)).not.toContain('private"');
  });
});
