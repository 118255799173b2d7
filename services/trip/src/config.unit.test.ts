import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { testKeys } from '@rideshare/testing';
import { tripConfig } from './config.ts';

const keys = testKeys();
const env: Record<string, string> & Record<'START_CODE_SECRET' | 'QUOTE_SECRET', string> = {
  DATABASE_URL: 'postgres://trip:secret@localhost:5432/rideshare',
  START_CODE_SECRET: 'a start code secret of enough letters',
  QUOTE_SECRET: 'a quote secret of more than enough letters',
  ...keys.environment('trip'),
};

afterAll(() => {
  keys.dispose();
});

describe('tripConfig', () => {
  it('has the bounds of the protocol unless it is told others', () => {
    const config = tripConfig.load(env);
    expect(config).toMatchObject({
      port: 3000,
      roles: ['api', 'dispatch', 'relay'],
      quoteTtlMs: 300_000,
      dispatchWindowMs: 250,
      bounds: { searchMs: 120_000, offerTtlMs: 15_000, startMs: 1_800_000, rideFactor: 4, rideMinMs: 21_600_000 },
    });
    expect(tripConfig.load({ ...env, TRIP_ROLES: 'dispatch', SEARCH_MS: '60000' })).toMatchObject({
      roles: ['dispatch'],
      bounds: { searchMs: 60_000 },
    });
  });

  it('names every refused variable at once, and no value', () => {
    const load = () =>
      tripConfig.load({ ...env, START_CODE_SECRET: 'short', TRIP_ROLES: 'api,cook', OFFER_TTL_MS: 'soon', PORT: '-1' });
    expect(load).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        fields: ['PORT', 'TRIP_ROLES', 'START_CODE_SECRET', 'OFFER_TTL_MS'].map((pointer) =>
          expect.objectContaining({ pointer }),
        ),
      }),
    );
  });

  it('shows no secret when it is printed', () => {
    const text = JSON.stringify(tripConfig.load(env));
    for (const secret of [env.START_CODE_SECRET, env.QUOTE_SECRET, 'trip:secret']) expect(text).not.toContain(secret);
  });

  it('knows every variable of .env.example', () => {
    const example = readFileSync(path.join(import.meta.dirname, '..', '.env.example'), 'utf8');
    const names = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(Object.keys(tripConfig.vars)).toContain(name);
    const given = Object.fromEntries(
      [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const asExample = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    expect(JSON.stringify(tripConfig.load({ ...env, ...asExample, JWKS_URL: env['JWKS_URL'] }))).toBe(
      JSON.stringify(tripConfig.load(env)),
    );
  });
});
