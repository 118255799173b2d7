import { roleSchema } from '@rideshare/contracts';
import type { Clock } from '@rideshare/kernel';
import { createLocalJWKSet, createRemoteJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import type { JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Principal } from './principal.ts';
import { httpError } from './problem.ts';

const ALGORITHM = 'EdDSA';
/** What two machines' clocks may differ by. */
const CLOCK_TOLERANCE_S = 30;
/** A service token is minted anew this long before it runs out. */
const SERVICE_TOKEN_TTL_S = 60;
const SERVICE_TOKEN_MARGIN_S = 20;
const INTERNAL_AUDIENCE = 'internal';
/** Longest a key that was withdrawn at the user service is still believed. */
const JWKS_MAX_AGE_MS = 60_000;
const JWKS_TIMEOUT_MS = 2_000;

const userClaims = z.object({ sub: z.uuid(), roles: z.array(roleSchema).min(1), typ: z.literal('access').optional() });

/** Verifies the access tokens of people. */
export interface AccessTokenVerifier {
  /** @throws `TOKEN_INVALID`, or `ENGINE_UNREACHABLE` when the keys cannot be had. */
  verify(token: string): Promise<Principal & { readonly kind: 'user' }>;
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

/** Errors of jose that say nothing about the token: the key set could not be fetched. */
function isKeySetFailure(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JOSE_GENERIC' || error instanceof TypeError;
}

/** A verifier of access tokens against a key set, fetched and cached from `jwksUrl` or given as `jwks`. */
export function createAccessTokenVerifier(options: {
  readonly jwksUrl?: string;
  readonly jwks?: JSONWebKeySet;
  readonly issuer?: string;
  readonly audience?: string;
  readonly clock: Clock;
}): AccessTokenVerifier {
  const keys: JWTVerifyGetKey = options.jwks
    ? createLocalJWKSet(options.jwks)
    : createRemoteJWKSet(new URL(options.jwksUrl ?? ''), {
        cacheMaxAge: JWKS_MAX_AGE_MS,
        timeoutDuration: JWKS_TIMEOUT_MS,
      });
  return {
    async verify(token) {
      const result = await jwtVerify(token, keys, {
        algorithms: [ALGORITHM],
        issuer: options.issuer ?? 'rideshare',
        audience: options.audience ?? 'rideshare-api',
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: options.clock.now(),
      }).catch((error: unknown) => {
        if (isKeySetFailure(error)) {
          throw httpError('OVERLOADED', 'the token keys cannot be fetched', { cause: error, retryAfterS: 1 });
        }
        return refused(error);
      });
      const claims = userClaims.safeParse(result.payload);
      if (!claims.success) return refused(claims.error);
      return { kind: 'user', userId: claims.data.sub, roles: claims.data.roles };
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
