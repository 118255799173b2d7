import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Platform } from './platform.ts';

/** A request that must not be taken for its victim's: a name, and what is sent in place of a good `Authorization`. */
export interface Attack {
  readonly name: string;
  /** Values of the header; more than one are sent as headers of the same name. */
  readonly authorization: readonly string[];
  /** Put behind the path. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A token that is as it should be but for what is said of it, and has to be taken. */
export type Control = readonly [name: string, authorization: string];

export type Part = Readonly<Record<string, unknown>>;
export type Signer = (input: Buffer) => Buffer | string;

export const encode = (part: Part | Buffer | string) =>
  Buffer.from(typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)).toString('base64url');
export const put = (head: Part | string, payload: Part | string, signer: Signer) => {
  const input = `${encode(head)}.${encode(payload)}`;
  return `${input}.${encode(signer(Buffer.from(input)))}`;
};
export const eddsa =
  (key: KeyObject): Signer =>
  (input) =>
    sign(null, input, key);
export const hmac =
  (secret: string | Buffer, hash = 'sha256'): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();
export const unsigned: Signer = () => '';

export const MINUTE_S = 60;
/** Well beyond what clocks may differ by. */
export const FAR_S = 2 * MINUTE_S;

export interface Workshop {
  readonly key: KeyObject;
  readonly jwk: JsonWebKey;
  readonly header: Part;
  readonly claims: Part;
  readonly nowS: number;
  readonly foreign: KeyObject;
  readonly good: string;
  readonly signed: Signer;
}

export function openWorkshop(platform: Platform, userId: string): Workshop {
  const file = path.join(platform.dataDir, 'keys', 'access-tokens.jwks.json');
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: ({ kid: string; status: string } & JsonWebKey)[] };
  const active = keys.find(({ status }) => status === 'active');
  if (!active) throw new Error('the platform has no active token key');
  const jwk = { kty: active.kty, crv: active.crv, x: active.x, d: active.d } as JsonWebKey;
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const nowS = Math.floor(Date.now() / 1000);
  const header = { alg: 'EdDSA', kid: active.kid, typ: 'at+jwt' };
  const claims = {
    ...{ sub: userId, roles: ['rider'], iss: 'rideshare', aud: 'rideshare-api' },
    ...{ iat: nowS - 1, exp: nowS + 10 * MINUTE_S },
  };
  const signed = eddsa(key);
  const foreign = generateKeyPairSync('ed25519').privateKey;
  return { key, jwk, header, claims, nowS, foreign, good: put(header, claims, signed), signed };
}

export const without = (part: Part, name: string): Part =>
  Object.fromEntries(Object.entries(part).filter(([key]) => key !== name));

export function serviceKey(platform: Platform, service: string): KeyObject {
  const key = JSON.parse(
    readFileSync(path.join(platform.dataDir, 'keys', `${service}.jwk.json`), 'utf8'),
  ) as JsonWebKey;
  return createPrivateKey({ key, format: 'jwk' });
}

/** A token of one of the platform's services, as it would be if it got into the wrong hands. */
export function serviceTokenOf(platform: Platform, service: string): string {
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { iss: service, sub: service, aud: 'internal', iat: nowS, exp: nowS + MINUTE_S };
  return put({ alg: 'EdDSA', kid: service }, claims, eddsa(serviceKey(platform, service)));
}
