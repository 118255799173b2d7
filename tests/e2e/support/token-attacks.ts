import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Platform } from './platform.ts';
import {
  eddsa,
  encode,
  FAR_S,
  hmac,
  MINUTE_S,
  openWorkshop,
  put,
  serviceKey,
  serviceTokenOf,
  unsigned,
  without,
} from './token-workshop.ts';
import type { Attack, Control, Part, Workshop } from './token-workshop.ts';

/** RFC 8725 §2.1 and §3.1: the token chooses how it is to be verified. */
function algorithms({ claims, foreign, header, jwk, key, signed }: Workshop): [string, string][] {
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const raw = Buffer.from(jwk.x ?? '', 'base64url');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signature = put(header, claims, signed).split('.')[2] ?? '';
  return [
    ...['none', 'None', 'NONE', 'nOnE', 'none ', ''].map((alg): [string, string] => [
      `alg ${JSON.stringify(alg)} without a signature`,
      put({ ...header, alg }, claims, unsigned),
    ]),
    [
      'alg none with the signature of a good token',
      `${encode({ ...header, alg: 'none' })}.${encode(claims)}.${signature}`,
    ],
    ['HS256 with the public key as PEM', put({ ...header, alg: 'HS256' }, claims, hmac(pem))],
    ['HS256 with the public key as DER', put({ ...header, alg: 'HS256' }, claims, hmac(der))],
    ['HS256 with the bytes of the public key', put({ ...header, alg: 'HS256' }, claims, hmac(raw))],
    ['HS256 with x as text', put({ ...header, alg: 'HS256' }, claims, hmac(jwk.x ?? ''))],
    ['HS256 with an empty secret', put({ ...header, alg: 'HS256' }, claims, hmac(''))],
    ['HS512 with the bytes of the public key', put({ ...header, alg: 'HS512' }, claims, hmac(raw, 'sha512'))],
    ['RS256 by another key', put({ ...header, alg: 'RS256' }, claims, (input) => sign('sha256', input, rsa))],
    ['ES256 by another key', put({ ...header, alg: 'ES256' }, claims, (input) => sign('sha256', input, ec))],
    ['EdDSA in small letters', put({ ...header, alg: 'eddsa' }, claims, signed)],
    ['no alg', put(without(header, 'alg'), claims, signed)],
    ['alg as a list', put({ ...header, alg: ['EdDSA', 'none'] }, claims, signed)],
    ['alg null', put({ ...header, alg: null }, claims, signed)],
    ['another key under the right kid', put(header, claims, eddsa(foreign))],
    ['a signature of zeros', put(header, claims, () => Buffer.alloc(64))],
    [
      'a signature of the group’s neutral element',
      put(header, claims, () => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])),
    ],
  ];
}

/** RFC 8725 §3.10: where the key is said to be. */
function keys({ claims, foreign, header, signed }: Workshop): [string, string][] {
  const jwk = createPublicKey(foreign).export({ format: 'jwk' });
  const there = 'https://keys.example.org/jwks.json';
  const kids = [
    '',
    'unknown',
    '../../../../dev/null',
    '/dev/null',
    "x' union select 'x' --",
    '%00',
    '*',
    'trip',
    'user',
  ];
  return [
    ['its own key inside', put({ ...header, jwk }, claims, eddsa(foreign))],
    ['its own key inside, without a kid', put({ ...without(header, 'kid'), jwk }, claims, eddsa(foreign))],
    ['jku to elsewhere', put({ ...header, jku: there }, claims, eddsa(foreign))],
    ['x5u to elsewhere', put({ ...header, x5u: there }, claims, eddsa(foreign))],
    ['x5c of its own', put({ ...header, x5c: ['MIIB'] }, claims, eddsa(foreign))],
    ...kids.map((kid): [string, string] => [`kid ${JSON.stringify(kid)}`, put({ ...header, kid }, claims, signed)]),
    ['kid as a number', put({ ...header, kid: 1 }, claims, signed)],
    ['kid as an object', put({ ...header, kid: { $ne: null } }, claims, signed)],
    ['an unknown critical extension', put({ ...header, crit: ['exp2'], exp2: 1 }, claims, signed)],
    ['an empty list of critical extensions', put({ ...header, crit: [] }, claims, signed)],
    ['an unencoded payload', put({ ...header, crit: ['b64'], b64: false }, claims, signed)],
  ];
}

/** RFC 7519 §4.1 and RFC 8725 §3.8 to §3.12: signed as it should be, but meant for something else. */
function claimsOf({ claims, good, header, nowS, signed }: Workshop): [string, string][] {
  const make = (name: string, change: Part): [string, string] => [name, put(header, { ...claims, ...change }, signed)];
  const text = JSON.stringify(claims);
  return [
    make('another issuer', { iss: 'somebody' }),
    make('an issuer that begins the same', { iss: 'rideshare.example.org' }),
    make('issuers in a list', { iss: ['rideshare'] }),
    make('another audience', { aud: 'internal' }),
    make('other audiences', { aud: ['internal', 'rideshare'] }),
    make('an empty list of audiences', { aud: [] }),
    make('expired', { iat: nowS - 20 * MINUTE_S, exp: nowS - FAR_S }),
    make('expired at the beginning of time', { exp: 0 }),
    make('an end before all time', { exp: -1 }),
    make('not yet valid', { nbf: nowS + FAR_S }),
    make('an end in words', { exp: '2099-01-01T00:00:00Z' }),
    make('a subject that is no id', { sub: "' or 1=1 --" }),
    make('subjects in a list', { sub: [claims['sub']] }),
    make('an unknown role', { roles: ['rider', 'root'] }),
    make('no roles at all', { roles: [] }),
    make('roles as text', { roles: 'admin' }),
    make('another type in its claims', { typ: 'refresh' }),
    ...['iss', 'aud', 'exp', 'iat', 'sub', 'roles'].map((name): [string, string] => [
      `no ${name}`,
      put(header, without(claims, name), signed),
    ]),
    ['a nested token', put({ ...header, cty: 'JWT' }, good, signed)],
    ['claims in a list', put(header, `[${text}]`, signed)],
    ['claims that are null', put(header, 'null', signed)],
    ['the subject twice, the wrong one last', put(header, text.replace(/\}$/, ',"sub":"admin"}'), signed)],
    ['the end twice, the past one last', put(header, text.replace(/\}$/, ',"exp":1}'), signed)],
    [
      'the algorithm twice, none last',
      `${encode(JSON.stringify(header).replace(/\}$/, ',"alg":"none"}'))}.${encode(claims)}.`,
    ],
  ];
}

/** Bits that are not those that were signed, and texts that are no token. */
function shapes({ claims, good, header, signed }: Workshop): [string, string][] {
  const [head = '', body = '', signature = ''] = good.split('.');
  const flip = (part: string, at: number) => {
    const bytes = Buffer.from(part, 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64url');
  };
  const other = put(header, { ...claims, roles: ['rider', 'driver'] }, signed).split('.')[2] ?? '';
  return [
    ...[0, 7, 15].map((at): [string, string] => [
      `bit of byte ${String(at)} of the header`,
      `${flip(head, at)}.${body}.${signature}`,
    ]),
    ...[3, 20, 60].map((at): [string, string] => [
      `bit of byte ${String(at)} of the claims`,
      `${head}.${flip(body, at)}.${signature}`,
    ]),
    ...[0, 31, 32, 63].map((at): [string, string] => [
      `bit of byte ${String(at)} of the signature`,
      `${head}.${body}.${flip(signature, at)}`,
    ]),
    ['roles changed after it was signed', `${head}.${encode({ ...claims, roles: ['admin'] })}.${signature}`],
    ['the signature of another token', `${head}.${body}.${other}`],
    ['the signature cut short', good.slice(0, -8)],
    ['the signature twice', `${good}${signature}`],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['one part', head],
    ['four parts', `${good}.${signature}`],
    ['five parts, as if encrypted', `${good}.${body}.${signature}`],
    ['a dot in front', `.${good}`],
    ['a dot behind', `${good}.`],
    ['dots alone', '..'],
    ['the parts in another order', `${body}.${head}.${signature}`],
    ['no header', `.${body}.${signature}`],
    ['no claims', `${head}..${signature}`],
    ['a header that is no JSON', `${encode('EdDSA')}.${body}.${signature}`],
    ['not a token', 'abc'],
    ['undefined', 'undefined'],
    ['null', 'null'],
    ['a huge token', `${head}.${encode({ ...claims, more: 'x'.repeat(8_000) })}.${signature}`],
  ];
}

/** What is wrong is not the token but how it comes. */
function envelopes({ good }: Workshop): Attack[] {
  const one = (name: string, authorization: string): Attack => ({ name, authorization: [authorization] });
  return [
    one('without a scheme', good),
    one('an empty scheme', `Bearer`),
    one('another scheme', `Token ${good}`),
    one('Basic with a token in it', `Basic ${Buffer.from(`token:${good}`).toString('base64')}`),
    one('DPoP', `DPoP ${good}`),
    one('two tokens in one header', `Bearer ${good}, Bearer ${good}`),
    one('two tokens, one after the other', `Bearer ${good} ${good}`),
    one('quoted', `Bearer "${good}"`),
    one('a comma behind it', `Bearer ${good},`),
    one('letters beyond ASCII', `Bearer ${good}é`),
    one('percent-encoded dots', `Bearer ${good.replaceAll('.', '%2E')}`),
    { name: 'two headers, a forged one behind', authorization: [`Bearer ${good}`, 'Bearer abc'] },
    { name: 'two headers, a forged one in front', authorization: ['Bearer abc', `Bearer ${good}`] },
    { name: 'two good headers', authorization: [`Bearer ${good}`, `Bearer ${good}`] },
    { name: 'in the query as access_token', authorization: [], query: `access_token=${good}` },
    {
      name: 'in a cookie',
      authorization: [],
      headers: { cookie: `access_token=${good}; authorization=Bearer ${good}` },
    },
    {
      name: 'in another header',
      authorization: [],
      headers: { 'x-access-token': good, 'proxy-authorization': `Bearer ${good}` },
    },
    {
      name: 'as who has been identified in front',
      authorization: [],
      headers: {
        'x-user-id': 'somebody',
        'x-user-roles': 'admin',
        'x-forwarded-user': 'admin',
        'x-original-url': '/health',
      },
    },
  ];
}

/** All ways to come with something that is no token of `userId`. */
export function attacksOn(platform: Platform, userId: string): readonly Attack[] {
  const shop = openWorkshop(platform, userId);
  const tokens = [
    ...algorithms(shop),
    ...keys(shop),
    ...claimsOf(shop),
    ...shapes(shop),
    ['the token of a service', serviceTokenOf(platform, 'user')] as [string, string],
    [
      'a person’s token, signed by a service as its own',
      put({ ...shop.header, kid: 'user' }, shop.claims, eddsa(serviceKey(platform, 'user'))),
    ] as [string, string],
  ].map(([name, token]): Attack => ({ name, authorization: [`Bearer ${token}`] }));
  return [...tokens, ...envelopes(shop)];
}

/** What is right and may look wrong. */
export function controlsFor(platform: Platform, userId: string): readonly Control[] {
  const { claims, good, header, nowS, signed } = openWorkshop(platform, userId);
  const make = (name: string, change: Part): Control => [
    name,
    `Bearer ${put(header, { ...claims, ...change }, signed)}`,
  ];
  return [
    ['as it should be', `Bearer ${good}`],
    ['a scheme in small letters (RFC 9110, 11.1)', `bearer ${good}`],
    ['a scheme in capitals', `BEARER ${good}`],
    ['more blanks than one', `Bearer   ${good}`],
    make('valid since a moment ago', { nbf: nowS - 1 }),
    make('the right audience among others', { aud: ['somebody', 'rideshare-api'] }),
    make('claims that nobody knows', { nonce: 'x', scope: 'everything' }),
    ['without a type', `Bearer ${put(without(header, 'typ'), claims, signed)}`],
  ];
}
