import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Platform } from './platform.ts';

type Part = Readonly<Record<string, unknown>>;

/** Makes access tokens as somebody would who has, or nearly has, what it takes. */
export interface Forger {
  /** Signed with the key of the user service: what it takes, with some claims or header fields changed. */
  valid(userId: string, claims?: Part, header?: Part): string;
  /** Each way to be refused, by name. */
  forgeries(userId: string): readonly (readonly [string, string])[];
}

const encode = (part: Part | Buffer | string) =>
  Buffer.from(typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)).toString('base64url');

const MINUTE_S = 60;

function readKey(platform: Platform): { kid: string; jwk: JsonWebKey } {
  const file = path.join(platform.dataDir, 'keys', 'access-tokens.jwks.json');
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: ({ kid: string; status: string } & JsonWebKey)[] };
  const active = keys.find(({ status }) => status === 'active');
  if (!active) throw new Error('the platform has no active token key');
  const { kty, crv, x, d } = active;
  return { kid: active.kid, jwk: { kty, crv, x, d } as JsonWebKey };
}

function join(header: Part, payload: Part, signature: (input: Buffer) => Buffer | string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(signature(Buffer.from(input)))}`;
}

/** A forger who knows the signing key of the platform under test. */
export function createForger(platform: Platform): Forger {
  const { jwk, kid } = readKey(platform);
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const foreignKey = generateKeyPairSync('ed25519').privateKey;
  const nowS = Math.floor(Date.now() / 1000);
  const header = { alg: 'EdDSA', kid };
  const payload = (sub: string) => ({
    sub,
    roles: ['rider'],
    iss: 'rideshare',
    aud: 'rideshare-api',
    iat: nowS - 1,
    exp: nowS + 10 * MINUTE_S,
  });
  const signed = (key: KeyObject) => (input: Buffer) => sign(null, input, key);
  const valid = (userId: string, claims: Part = {}, more: Part = {}) =>
    join({ ...header, ...more }, { ...payload(userId), ...claims }, signed(privateKey));
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const raw = Buffer.from(jwk.x ?? '', 'base64url');
  const hmac = (secret: string | Buffer) => (input: Buffer) => createHmac('sha256', secret).update(input).digest();
  return {
    valid,
    forgeries(userId) {
      const claims = payload(userId);
      const [head = '', , signature = ''] = valid(userId).split('.');
      return [
        ['no signature, alg none', join({ ...header, alg: 'none' }, claims, () => '')],
        ['HS256 with the public key as PEM', join({ ...header, alg: 'HS256' }, claims, hmac(pem))],
        ['HS256 with the bytes of the public key', join({ ...header, alg: 'HS256' }, claims, hmac(raw))],
        ['another key under the right kid', join(header, claims, signed(foreignKey))],
        ['an unknown kid', valid(userId, {}, { kid: 'at-unknown' })],
        ['another audience', valid(userId, { aud: 'internal' })],
        ['no audience', valid(userId, { aud: undefined })],
        ['another issuer', valid(userId, { iss: 'somebody' })],
        ['expired', valid(userId, { iat: nowS - 20 * MINUTE_S, exp: nowS - MINUTE_S })],
        ['no expiry', valid(userId, { exp: undefined })],
        ['not yet valid', valid(userId, { nbf: nowS + 5 * MINUTE_S })],
        ['no subject', valid(userId, { sub: undefined })],
        ['a subject that is no id', valid(userId, { sub: "' or 1=1 --" })],
        ['an unknown role', valid(userId, { roles: ['root'] })],
        ['changed after it was signed', `${head}.${encode({ ...claims, roles: ['admin'] })}.${signature}`],
        ['a signature cut short', valid(userId).slice(0, -8)],
        ['not a token', 'abc'],
      ];
    },
  };
}
