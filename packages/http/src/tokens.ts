import { roleSchema } from '@rideshare/contracts';
import { isAppError } from '@rideshare/kernel';
import type { Clock } from '@rideshare/kernel';
import { createLocalJWKSet, createRemoteJWKSet, errors, importJWK, jwtVerify, SignJWT } from 'jose';
import type { JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Principal } from './principal.ts';
import { httpError } from './problem.ts';

const ALGORITHM = 'EdDSA';
/** What two machines' clocks may differ by. */
const CLOCK_TOLERANCE_S = 5;
/** A service token is minted anew this long before it runs out. */
const SERVICE_TOKEN_TTL_S = 60;
const SERVICE_TOKEN_MARGIN_S = 20;
const INTERNAL_AUDIENCE = 'internal';
/** Longest a key that was withdrawn at the user service is still believed. */
const JWKS_MAX_AGE_MS = 60_000;
const JWKS_TIMEOUT_MS = 2_000;
/** A verified token is believed again for as long as a withdrawn key is, so that a busy caller costs one signature check. */
const VERIFIED_MS = JWKS_MAX_AGE_MS;
const VERIFIED_MAX = 10_000;

const userClaims = z.object({
  sub: z.uuid(),
  roles: z.array(roleSchema).min(1),
  typ: z.literal('access').optional(),
  exp: z.number(),
});

type UserPrincipal = Principal & { readonly kind: 'user' };

/** Verifies the access tokens of people. */
export interface AccessTokenVerifier {
  /** @throws `TOKEN_INVALID`, or `OVERLOADED` when the keys cannot be had. */
  verify(token: string): Promise<UserPrincipal>;
}

/** Issues this service's tokens and verifies those of the others. */
export interface ServiceTokens {
  issue(): Promise<string>;
  /** @throws `TOKEN_INVALID`. */
  verify(token: string): Promise<Principal & { readonly kind: 'service' }>;
}

function refused(cause: unknown): never {
  throw httpError('TOKEN_INVALID', 'The token is not valid here.', { cause });
}

/** Keys from a URL, fetched when they are needed. While the URL does not answer, the last keys it gave serve on. */
function remoteKeys(url: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: JWKS_MAX_AGE_MS,
    timeoutDuration: JWKS_TIMEOUT_MS,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      const last = remote.jwks();
      if (last) return createLocalJWKSet(last)(header, token);
      throw httpError('OVERLOADED', 'the token keys cannot be fetched', { cause: error, retryAfterS: 1 });
    }
  };
}

/** A verifier of access tokens against a key set, fetched and cached from `jwksUrl` or given as `jwks`. */
export function createAccessTokenVerifier(options: {
  readonly jwksUrl?: string;
  readonly jwks?: JSONWebKeySet;
  readonly issuer?: string;
  readonly audience?: string;
  readonly clock: Clock;
}): AccessTokenVerifier {
  const { issuer = 'rideshare', audience = 'rideshare-api', clock } = options;
  const keys = options.jwks ? createLocalJWKSet(options.jwks) : remoteKeys(options.jwksUrl ?? '');
  const verified = new LRUCache<string, { readonly principal: UserPrincipal; readonly untilMs: number }>({
    max: VERIFIED_MAX,
  });
  const check = async (token: string, now: Date): Promise<z.infer<typeof userClaims>> => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [ALGORITHM],
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: now,
    }).catch((error: unknown) => {
      if (isAppError(error)) throw error;
      return refused(error);
    });
    const claims = userClaims.safeParse(payload);
    return claims.success ? claims.data : refused(claims.error);
  };
  return {
    async verify(token) {
      const now = clock.now();
      const known = verified.get(token);
      if (known && now.getTime() < known.untilMs) return known.principal;
      const { sub, roles, exp } = await check(token, now);
      const principal = { kind: 'user', userId: sub, roles } as const;
      verified.set(token, { principal, untilMs: Math.min(exp * 1_000, now.getTime() + VERIFIED_MS) });
      return principal;
    },
  };
}

/** Tokens between services: one EdDSA key a service, its `kid` the service's name. */
export function createServiceTokens(options: {
  readonly service: string;
  readonly privateKey: JWK;
  readonly publicKeys: JSONWebKeySet;
  readonly clock: Clock;
}): ServiceTokens {
  const keys = createLocalJWKSet(options.publicKeys);
  const key = importJWK(options.privateKey, ALGORITHM);
  // a key that cannot be used is reported by the first call that needs it
  key.catch(() => undefined);
  let current: { readonly token: string; readonly renewAtS: number } | undefined;
  return {
    async issue() {
      const nowS = Math.floor(options.clock.now().getTime() / 1000);
      if (current && nowS < current.renewAtS) return current.token;
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM, kid: options.service })
        .setIssuer(options.service)
        .setSubject(options.service)
        .setAudience(INTERNAL_AUDIENCE)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + SERVICE_TOKEN_TTL_S)
        .sign(await key);
      current = { token, renewAtS: nowS + SERVICE_TOKEN_TTL_S - SERVICE_TOKEN_MARGIN_S };
      return token;
    },
    async verify(token) {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: [ALGORITHM],
        audience: INTERNAL_AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_S,
        maxTokenAge: SERVICE_TOKEN_TTL_S,
        requiredClaims: ['iss', 'exp', 'iat'],
        currentDate: options.clock.now(),
      }).catch(refused);
      // a service may only speak for itself: the key that signed is the issuer's own
      if (payload.iss === undefined || payload.iss !== protectedHeader.kid) return refused('issuer and key differ');
      return { kind: 'service', service: payload.iss };
    },
  };
}
