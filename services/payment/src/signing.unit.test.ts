import { expect, test } from '@jest/globals';
import { Secret } from '@rideshare/config';
import { createPspKeys, createWebhookVerifier, signWebhook } from './signing.ts';

const secret = new Secret('a secret that is long enough');
const at = new Date('2026-05-01T12:00:00Z');
const body = Buffer.from('{"id":"1"}');

test('createPspKeys, for the same operation, gives the same key, and another for any other', () => {
  const keys = createPspKeys(secret);
  const key = keys.keyOf('payment', 'hold', 1);
  expect(createPspKeys(secret).keyOf('payment', 'hold', 1)).toBe(key);
  const others = [
    keys.keyOf('payment', 'hold', 2),
    keys.keyOf('payment', 'capture', 1),
    keys.keyOf('other', 'hold', 1),
    createPspKeys(new Secret('another secret, long enough')).keyOf('payment', 'hold', 1),
  ];
  expect(new Set([key, ...others]).size).toBe(5);
});

test('createWebhookVerifier, for a signature over these bytes, accepts it within five minutes', () => {
  const { verify } = createWebhookVerifier(secret);
  const signature = signWebhook(secret, body, at);
  expect(verify(body, signature, at)).toBe(true);
  expect(verify(body, signature, new Date(at.getTime() + 300_000))).toBe(true);
  expect(verify(body, signature, new Date(at.getTime() + 301_000))).toBe(false);
  expect(verify(body, signature, new Date(at.getTime() - 301_000))).toBe(false);
});

test.each([undefined, '', 'v1=00', 't=1,v1=zz', `t=1777636800,v1=${'0'.repeat(64)}`])(
  'createWebhookVerifier, for the signature %s, refuses',
  (signature) => {
    expect(createWebhookVerifier(secret).verify(body, signature, at)).toBe(false);
  },
);

test('createWebhookVerifier, for other bytes, refuses', () => {
  const signature = signWebhook(secret, body, at);
  expect(createWebhookVerifier(secret).verify(Buffer.from('{"id":"2"}'), signature, at)).toBe(false);
});
