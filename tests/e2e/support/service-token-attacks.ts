import type { KeyObject } from 'node:crypto';
import type { Platform } from './platform.ts';
import { eddsa, FAR_S, MINUTE_S, openWorkshop, put, serviceKey } from './token-workshop.ts';
import type { Attack, Part } from './token-workshop.ts';

/** Ways to come to a service as if from another one. */
export function attacksAsService(platform: Platform, userId: string): readonly Attack[] {
  const shop = openWorkshop(platform, userId);
  const own = serviceKey(platform, 'trip');
  const { nowS } = shop;
  const claims = { iss: 'trip', sub: 'trip', aud: 'internal', iat: nowS, exp: nowS + MINUTE_S };
  const header = { alg: 'EdDSA', kid: 'trip' };
  const make = (name: string, head: Part, payload: Part, key: KeyObject = own): [string, string] => [
    name,
    put({ ...header, ...head }, { ...claims, ...payload }, eddsa(key)),
  ];
  const tokens: [string, string][] = [
    ['a person’s', shop.good],
    ['an administrator’s', put(shop.header, { ...shop.claims, roles: ['rider', 'admin'] }, shop.signed)],
    make('in another’s name', {}, { iss: 'payment', sub: 'payment' }),
    make('under another’s kid', { kid: 'payment' }, {}),
    make('under another’s kid and name', { kid: 'payment' }, { iss: 'payment', sub: 'payment' }),
    make('by a foreign key', {}, {}, shop.foreign),
    make('by the key of people’s tokens', {}, {}, shop.key),
    make('for people', {}, { aud: 'rideshare-api' }),
    make('expired', {}, { iat: nowS - FAR_S, exp: nowS - MINUTE_S }),
    make('old, with an end far away', {}, { iat: nowS - FAR_S, exp: nowS + MINUTE_S * MINUTE_S }),
    make('without an end', {}, { exp: undefined }),
    make('without a beginning', {}, { iat: undefined }),
    make('without an issuer', {}, { iss: undefined }),
    make('not yet valid', {}, { nbf: nowS + FAR_S }),
    make('from the future', {}, { iat: nowS + FAR_S, exp: nowS + FAR_S + MINUTE_S }),
    make('without an algorithm', { alg: 'none' }, {}),
  ];
  return tokens.map(([name, token]) => ({ name, authorization: [`Bearer ${token}`] }));
}
