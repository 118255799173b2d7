import { createHash, randomBytes } from 'node:crypto';
import type { RefreshToken, RefreshTokens } from '../usecases/ports.ts';
import { deriveKey, keyedDigest } from './derive-key.ts';

/** Makes a leaked token recognisable to scanners. */
const PREFIX = 'rrt_';
const ENTROPY_BYTES = 32;

// a plain hash is enough: the token has 256 random bits, so there is nothing to guess
function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function withHash(token: string): RefreshToken {
  return { token, hash: hash(token) };
}

/** Refresh tokens whose successors are derived from them under `secret`, and so can be given twice without being kept. */
export function createRefreshTokens(secret: string): RefreshTokens {
  const key = deriveKey(secret, 'refresh token successor');
  return {
    create: () => withHash(`${PREFIX}${randomBytes(ENTROPY_BYTES).toString('base64url')}`),
    hash,
    successor: (token) => withHash(`${PREFIX}${keyedDigest(key, token)}`),
  };
}
