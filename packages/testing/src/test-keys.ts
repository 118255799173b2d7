import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Jwks, PrivateJwk, PublicJwk } from '@rideshare/config';
import type { Owner, Role } from '@rideshare/contracts';
import { createAccessTokenVerifier, createServiceTokens } from '@rideshare/http';
import type { AccessTokenVerifier, ServiceTokens } from '@rideshare/http';
import type { Clock } from '@rideshare/kernel';
import { systemClock } from '@rideshare/kernel/system';
import { importJWK, SignJWT } from 'jose';

const SERVICES: readonly Owner[] = ['gateway', 'user', 'driver', 'trip', 'payment', 'notification'];

/** What a person's token says; the defaults make one that is accepted. */
export interface UserTokenClaims {
  readonly userId: string;
  readonly roles?: readonly Role[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly kid?: string;
  readonly issuedAt?: Date;
  readonly notBefore?: Date;
  readonly expiresInS?: number;
}

/** A platform's keys, made for one test. */
export interface TestKeys {
  /** The public half of what signs people's tokens. */
  readonly jwks: Jwks;
  /** The public keys of all services. */
  readonly serviceJwks: Jwks;
  readonly accessTokens: AccessTokenVerifier;
  issueUserToken(claims: UserTokenClaims): Promise<string>;
  serviceTokens(service: Owner): ServiceTokens;
  /** The variables that a service's configuration asks for; keys are written to files that {@link dispose} removes. */
  environment(service: Owner): Record<string, string>;
  dispose(): void;
}

interface KeyPair {
  readonly privateKey: PrivateJwk;
  readonly publicKey: PublicJwk;
}

function keyPair(kid: string): KeyPair {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x, kid } as const;
  return { publicKey, privateKey: { ...publicKey, d } };
}

async function signUserToken({ privateKey }: KeyPair, clock: Clock, claims: UserTokenClaims): Promise<string> {
  const issuedAtS = Math.floor((claims.issuedAt ?? clock.now()).getTime() / 1_000);
  const token = new SignJWT({ roles: claims.roles ?? ['rider'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: claims.kid ?? privateKey.kid })
    .setIssuer(claims.issuer ?? 'rideshare')
    .setAudience(claims.audience ?? 'rideshare-api')
    .setSubject(claims.userId)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + (claims.expiresInS ?? 900));
  if (claims.notBefore) token.setNotBefore(claims.notBefore);
  return token.sign(await importJWK(privateKey, 'EdDSA'));
}

/** Fresh keys for people's tokens and for every service; tokens are issued and judged by `clock`. */
export function testKeys(clock: Clock = systemClock): TestKeys {
  const access = keyPair('test-access');
  const services = new Map(SERVICES.map((service) => [service, keyPair(service)]));
  const pairOf = (service: Owner): KeyPair => {
    const pair = services.get(service);
    if (!pair) throw new Error(`no key for ${service}`);
    return pair;
  };
  const jwks: Jwks = { keys: [access.publicKey] };
  const serviceJwks: Jwks = { keys: [...services.values()].map(({ publicKey }) => publicKey) };
  let directory: string | undefined;
  const write = (name: string, content: unknown): string => {
    directory ??= mkdtempSync(join(tmpdir(), 'rideshare-keys-'));
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  return {
    jwks,
    serviceJwks,
    accessTokens: createAccessTokenVerifier({ jwks, clock }),
    issueUserToken: (claims) => signUserToken(access, clock, claims),
    serviceTokens: (service) =>
      createServiceTokens({ service, privateKey: pairOf(service).privateKey, publicKeys: serviceJwks, clock }),
    environment: (service) => ({
      SERVICE_PRIVATE_KEY_FILE: write(`${service}.json`, pairOf(service).privateKey),
      SERVICE_PUBLIC_KEYS_FILE: write('services.json', serviceJwks),
      JWKS_URL: `data:application/json,${encodeURIComponent(JSON.stringify(jwks))}`,
    }),
    dispose() {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
      directory = undefined;
    },
  };
}
