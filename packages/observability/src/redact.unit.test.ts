import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import fc from 'fast-check';
import { redact } from './redact.ts';
import { REDACTED, redactQuery, redactText } from './redact-text.ts';

const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl';

describe('redactText', () => {
  test.each([
    ['a card number', 'paid with 4111111111111111.', `paid with ${REDACTED}.`],
    ['a grouped card number', 'card 5555 5555 5555 4444 ok', `card ${REDACTED} ok`],
    ['a card number with dashes', '3782-822463-10005', REDACTED],
    ['a token', `got ${JWT} back`, `got ${REDACTED} back`],
    ['a refresh token', 'got rrt_Zm9vYmFyYmF6Zm9vYmFy back', `got ${REDACTED} back`],
    ['credentials', 'Authorization: Bearer abc.def-1', `Authorization: Bearer ${REDACTED}`],
    ['a password in a URL', 'postgres://trip:hush@db:5432/x', `postgres://trip:${REDACTED}@db:5432/x`],
    ['an e-mail address', 'mail to ana.silva+x@mail.example.pt now', `mail to ${REDACTED} now`],
    ['a telephone number', 'call +351912345678', `call ${REDACTED}`],
  ])('given %s, takes it out', (_name, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test.each([
    ['a number that fails the check digit', '4111111111111112'],
    ['a time in milliseconds', 'at 1772366400000'],
    ['a UUID of digits', '41111111-1111-7111-8111-411111111111'],
    ['a trace id', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['a package with its version', 'node_modules/pg@8.23.1/lib'],
    ['a plain sentence', 'two words'],
  ])('given %s, leaves it alone', (_name, text) => {
    expect(redactText(text)).toBe(text);
  });

  test('given any text twice, changes nothing the second time', () => {
    fc.assert(fc.property(fc.string(), (text) => redactText(redactText(text)) === redactText(text)));
  });
});

describe('redactQuery', () => {
  test.each([
    ['http://h/api/drivers/nearby?lat=41.1&lng=-8.6', `http://h/api/drivers/nearby?lat=${REDACTED}&lng=${REDACTED}`],
    ['?a=1&b', `?a=${REDACTED}&b`],
    ['lat=41.1', `lat=${REDACTED}`],
    ['?ana%40mail.example=1&b', `?${REDACTED}=${REDACTED}&b`],
    ['http://h/path', 'http://h/path'],
  ])('given %s, keeps the names alone', (url, expected) => {
    expect(redactQuery(url)).toBe(expected);
  });
});

describe('redact', () => {
  test('with names of secrets and of persons at any depth, hides their values', () => {
    const clean = redact({
      user: { email: 'x', phoneNumber: 'x', firstName: 'x', id: 'kept' },
      list: [{ refreshToken: 'x', access_token: 'x', 'set-cookie': 'x', tokenType: 'Bearer' }],
      trip: { pickupLat: 41.1, destination: { lat: 1, lng: 2 }, flat: 7, startCode: '1234' },
      cardNumber: 'x',
    });
    expect(clean).toEqual({
      user: { email: REDACTED, phoneNumber: REDACTED, firstName: REDACTED, id: 'kept' },
      list: [{ refreshToken: REDACTED, access_token: REDACTED, 'set-cookie': REDACTED, tokenType: 'Bearer' }],
      trip: { pickupLat: REDACTED, destination: REDACTED, flat: 7, startCode: REDACTED },
      cardNumber: REDACTED,
    });
  });

  test('with values that JSON cannot write, writes what can be said of them', () => {
    const circular: Record<string, unknown> = { inner: {} };
    circular['inner'] = { back: circular };
    const hostile = {
      get a(): string {
        throw new Error('no');
      },
    };
    const clean = redact({
      circular,
      hostile,
      big: 10n,
      nan: Number.NaN,
      card: 4111111111111111,
      time: 1772366400000,
      when: new Date('2026-03-01T12:00:00Z'),
      never: new Date(Number.NaN),
      bytes: Buffer.from('abc'),
      map: new Map([['email', 'x']]),
      set: new Set([1]),
      call: () => 1,
      mark: Symbol('x'),
      nothing: null,
      absent: undefined,
      own: { toJSON: () => ({ password: 'x' }) },
      yes: true,
    });
    expect(clean).toEqual({
      circular: { inner: { back: '[circular]' } },
      hostile: '[unreadable]',
      big: '10',
      nan: 'NaN',
      card: REDACTED,
      time: 1772366400000,
      when: '2026-03-01T12:00:00.000Z',
      never: 'Invalid Date',
      bytes: '[3 bytes]',
      map: { email: REDACTED },
      set: [1],
      call: '[function]',
      mark: '[symbol]',
      nothing: null,
      absent: undefined,
      own: { password: REDACTED },
      yes: true,
    });
  });

  test('with errors of another realm, writes them as errors', () => {
    const foreign: unknown = runInNewContext('new AggregateError([new Error("one")], "both")');
    expect(redact({ foreign })['foreign']).toMatchObject({ message: 'both', errors: [{ message: 'one' }] });
  });

  test('with errors, writes code, cause and stack, cleaned like the rest', () => {
    const cause = new Error('mail ana@mail.example failed');
    const error = new AppError('MAIL_FAILED', 'unavailable', 'no', { cause, details: { email: 'ana@mail.example' } });
    const clean = redact({ error, all: new AggregateError([cause], 'both') });
    expect(clean['error']).toMatchObject({
      name: 'AppError',
      code: 'MAIL_FAILED',
      kind: 'unavailable',
      details: { email: REDACTED },
      cause: { message: `mail ${REDACTED} failed` },
    });
    expect(clean['all']).toMatchObject({ message: 'both', errors: [{ name: 'Error' }] });
    expect(JSON.stringify(clean)).not.toContain('ana@');
  });

  test('with too much of everything, cuts it', () => {
    const nest = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nest(depth - 1) });
    const clean = redact({ long: 'x'.repeat(10_000), many: Array.from({ length: 200 }, () => 1), nest: nest(20) });
    expect((clean['long'] as string).length).toBeLessThan(8_300);
    expect(clean['many']).toHaveLength(100);
    expect(JSON.stringify(clean['nest'])).toContain('[too deep]');
  });

  test('with anything at all, gives what JSON can write', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
        (fields) => {
          expect(() => JSON.stringify(redact(fields))).not.toThrow();
        },
      ),
    );
  });
});
