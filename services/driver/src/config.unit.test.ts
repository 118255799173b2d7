import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { testKeys } from '@rideshare/testing';
import { driverConfig } from './config.ts';

const keys = testKeys();
const env: Record<string, string> = {
  ...keys.environment('driver'),
  DATABASE_URL: 'postgres://driver:secret@127.0.0.1:5432/rideshare',
  DOCUMENT_HASH_KEY: 'a key of at least thirty-two characters',
};

afterAll(() => {
  keys.dispose();
});

function problems(more: Record<string, string>): string[] {
  try {
    driverConfig.load({ ...env, ...more });
    return [];
  } catch (error) {
    return (error as { fields: { pointer: string }[] }).fields.map(({ pointer }) => pointer);
  }
}

describe('driverConfig', () => {
  it('given what must be set, takes the documented bounds for the rest', () => {
    expect(driverConfig.load(env)).toMatchObject({
      environment: 'production',
      port: 8082,
      documents: { autoApprove: false },
      slots: { settleMs: 10_000, sweepMs: 5_000, recheckMs: 300_000 },
      locations: { flushMs: 200 },
    });
  });

  it('in production, refuses what is meant for development', () => {
    expect(problems({ DOCUMENT_HASH_KEY: '', DRIVER_AUTO_APPROVE: '1' })).toEqual([
      'DOCUMENT_HASH_KEY',
      'DRIVER_AUTO_APPROVE',
    ]);
    expect(problems({ DOCUMENT_HASH_KEY: '', DRIVER_AUTO_APPROVE: '1', ENVIRONMENT: 'development' })).toEqual([]);
  });

  it('names every variable that is wrong at once', () => {
    expect(problems({ SETTLE_MS: 'soon', LOCATION_FLUSH_MS: '0', DATABASE_URL: '' }).toSorted()).toEqual([
      'DATABASE_URL',
      'LOCATION_FLUSH_MS',
      'SETTLE_MS',
    ]);
  });

  it('is what .env.example lists, but for what may no longer be set', () => {
    const lines = readFileSync(path.join(import.meta.dirname, '..', '.env.example'), 'utf8').split('\n');
    const entries = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('=') as [string, string]);
    const gone = [
      'JWT_SECRET',
      'JAEGER_ENDPOINT',
      'OTEL_SERVICE_VERSION',
      'REDIS_URL',
      'CASSANDRA_HOSTS',
      'KAFKA_BROKERS',
    ];
    expect(entries.map(([name]) => name).toSorted()).toEqual(
      Object.keys(driverConfig.vars)
        .filter((name) => !gone.includes(name))
        .toSorted(),
    );
    // what it shows as a default is the default
    expect(driverConfig.load({ ...Object.fromEntries(entries), ...env })).toEqual(driverConfig.load(env));
  });
});
