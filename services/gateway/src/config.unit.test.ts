import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { testKeys } from '@rideshare/testing';
import { gatewayConfig } from './config.ts';

const keys = testKeys();
afterAll(() => {
  keys.dispose();
});
const needed = {
  ...keys.environment('gateway'),
  DATABASE_URL: 'postgres://gateway:secret-word@localhost:5432/rideshare',
};

describe('gatewayConfig', () => {
  it('with what is needed and nothing else, follows the rules of production', () => {
    const config = gatewayConfig.load(needed);
    expect(config).toMatchObject({
      environment: 'production',
      port: 8080,
      metricsPort: undefined,
      trustProxy: [],
      rateLimitMultiplier: 1,
      capacity: { total: 512, reserve: 256, auth: 64 },
      streamsMax: 10_000,
      corsOrigins: [],
    });
    expect(JSON.stringify(config)).not.toContain('secret-word');
  });

  it('in development, multiplies rate limits by a hundred unless it is told otherwise', () => {
    const development = { ...needed, ENVIRONMENT: 'development' };
    expect(gatewayConfig.load(development).rateLimitMultiplier).toBe(100);
    expect(gatewayConfig.load({ ...development, RATE_LIMIT_MULTIPLIER: '2' }).rateLimitMultiplier).toBe(2);
  });

  it('given a reserve that leaves nothing to the rest, leaves one place', () => {
    const { capacity } = gatewayConfig.load({ ...needed, CONCURRENCY_MAX: '10', CONCURRENCY_RESERVE: '10' });
    expect(capacity).toEqual({ total: 10, reserve: 9, auth: 64 });
  });

  it('is shown whole in .env.example, with its defaults', () => {
    const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
    const example = Object.fromEntries(
      lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s, 2)),
    );
    const refused = [
      'KAFKA_BROKERS',
      'JWT_SECRET',
      'JAEGER_ENDPOINT',
      'OTEL_SERVICE_VERSION',
      'REDIS_URL',
      'CASSANDRA_HOSTS',
    ];
    const known = Object.keys(gatewayConfig.vars).filter((name) => !refused.includes(name));
    expect(Object.keys(example).toSorted()).toEqual(known.toSorted());
    expect(gatewayConfig.load({ ...example, ...needed, JWKS_URL: example.JWKS_URL })).toEqual(
      gatewayConfig.load({ ...needed, JWKS_URL: undefined }),
    );
  });
});
