import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { testKeys } from '@rideshare/testing';
import { paymentConfig } from './config.ts';

function load(change: Readonly<Record<string, string>> = {}) {
  const keys = testKeys();
  try {
    return paymentConfig.load({
      DATABASE_URL: 'postgres://payment:secret@localhost:5432/rideshare',
      WEBHOOK_SECRET: 'a webhook secret of its own',
      PSP_KEY_SECRET: 'a key secret of its own',
      ...keys.environment('payment'),
      ...change,
    });
  } finally {
    keys.dispose();
  }
}

test('paymentConfig, with the least, fills in the bounds and prints no secret', () => {
  const config = load();
  expect(config).toMatchObject({
    port: 8000,
    requireIdempotencyKey: false,
    operations: { horizonMs: 60_000, callTimeoutMs: 5_000, leaseMs: 15_000, queryDelayMaxMs: 15_000 },
    goalSweep: { intervalMs: 60_000, heldForMs: 300_000 },
  });
  expect(JSON.stringify(config)).not.toContain('of its own');
});

test('paymentConfig, without its secrets, names them', () => {
  const refused = expect.objectContaining({
    code: 'CONFIG_INVALID',
    fields: expect.arrayContaining([
      expect.objectContaining({ pointer: 'WEBHOOK_SECRET' }),
      expect.objectContaining({ pointer: 'PSP_KEY_SECRET' }),
    ]),
  });
  expect(() => load({ WEBHOOK_SECRET: '', PSP_KEY_SECRET: 'short' })).toThrow(refused);
});

test('paymentConfig, with a lease shorter than a call, is refused', () => {
  const refused = expect.objectContaining({ fields: [expect.objectContaining({ pointer: 'OPERATION_LEASE_MS' })] });
  expect(() => load({ OPERATION_LEASE_MS: '1000' })).toThrow(refused);
});

test('the example environment, names every variable of the service', () => {
  const example = readFileSync(path.join(import.meta.dirname, '..', '.env.example'), 'utf8');
  const named = new Set(example.match(/^#? ?([A-Z][A-Z0-9_]+)(?==)/gm)?.map((name) => name.replace(/^#? ?/, '')));
  const refusedOnes = [
    'JWT_SECRET',
    'JAEGER_ENDPOINT',
    'OTEL_SERVICE_VERSION',
    'REDIS_URL',
    'CASSANDRA_HOSTS',
    'KAFKA_BROKERS',
  ];
  const expected = Object.keys(paymentConfig.vars).filter((name) => !refusedOnes.includes(name));
  expect(expected.filter((name) => !named.has(name))).toEqual([]);
});
