import { describe, expect, it } from '@jest/globals';
import { personalIn, secretsIn } from './detect.ts';

const CARDS = ['4242424242424242', '5555 5555 5555 4444', '3782-822463-10005', '6011111111111117', '2223003122003222'];

describe('secretsIn', () => {
  it.each(CARDS)('finds the card number %s, in words and in JSON', (card) => {
    expect(secretsIn(`please take ${card}, thank you`)).toEqual(['card number']);
    expect(secretsIn(JSON.stringify({ note: card, other: 1 }))).toEqual(['card number']);
    expect(secretsIn(`${card} 12 30`)).toEqual(['card number']);
  });

  it.each([
    ['access token', `Bearer eyJhbGciOiJFZERTQSJ9.${'a'.repeat(20)}.${'b'.repeat(20)}`],
    ['refresh token', `{"refreshToken":"rrt_${'x'.repeat(43)}"}`],
    ['password hash', '$argon2id$v=19$m=19456,t=2,p=1$abc$def'],
  ])('finds a %s', (kind, text) => {
    expect(secretsIn(text)).toEqual([kind]);
  });

  it.each([
    ['an id', '01900000-0000-7000-8000-000000000001 42424242-4242-4242-4242-424242424242'],
    ['the id of a trace', '00-42424242424242424242424242424242-4242424242424242-01'],
    ['a time', '2026-03-01T12:00:00.000Z 1772366400000'],
    ['a number that fails its check digit', '4242424242424241'],
    ['an amount', '{"amount":45990,"currency":"EUR"}'],
    ['a short number', '4242 4242'],
  ])('passes %s', (_name, text) => {
    expect(secretsIn(text)).toEqual([]);
  });
});

describe('personalIn', () => {
  it.each([
    ['e-mail address', 'no mailbox for pat.planted+test@mail.example.com'],
    ['phone number', 'cannot reach +351 912 345 678'],
    ['coordinates', 'left the area at 41.1579,-8.6291'],
    ['coordinates', '{"lat": 41.15, "lng": -8.61}'],
  ])('finds an %s', (kind, text) => {
    expect(personalIn(text)).toEqual([kind]);
  });

  it.each([
    ['ids and times', '01900000-0000-7000-8000-000000000001 at 2026-03-01T12:00:00.000+00:00'],
    ['numbers', '3.50 and 4.20, version 1.2.3'],
  ])('passes %s', (_name, text) => {
    expect(personalIn(text)).toEqual([]);
  });
});
