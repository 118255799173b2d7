import { readFile, stat } from 'node:fs/promises';
import { configInvalid } from '@rideshare/config';
import { importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import { z } from 'zod';
import type { TokenKeyPeriod } from '../domain/token-key.ts';
import type { PublicTokenKey } from '../usecases/ports.ts';

/** One key of the file, ready to sign unless it is retired and came without its private half. */
export interface TokenKey extends TokenKeyPeriod {
  readonly publicKey: PublicTokenKey;
  readonly privateKey: CryptoKey | undefined;
}

export const TOKEN_KEY_ALGORITHM = 'EdDSA';
const VARIABLE = 'TOKEN_KEYS_FILE';

const coordinate = z.string().regex(/^[\w-]{43}$/);
const keySchema = z
  .object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    kid: z.string().min(1).max(128),
    x: coordinate,
    d: coordinate.optional(),
    alg: z.literal(TOKEN_KEY_ALGORITHM).optional(),
    use: z.literal('sig').optional(),
    status: z.enum(['active', 'next', 'retired']),
    notBefore: z.iso.datetime().optional(),
  })
  .refine((key) => key.status === 'retired' || key.d !== undefined, { path: ['d'], error: 'a key that signs needs d' });
const fileSchema = z
  .object({ keys: z.array(keySchema).min(1).max(16) })
  .refine(({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length, {
    path: ['keys'],
    error: 'two keys have the same kid',
  });

/** Refuses the file by the place and the rule; what is in it is never quoted, since it holds private keys. */
function refused(detail: string): never {
  throw configInvalid([{ pointer: VARIABLE, detail }]);
}

async function toTokenKey(key: z.infer<typeof keySchema>): Promise<TokenKey> {
  const { kid, status, notBefore, kty, crv, x, d } = key;
  const jwk: PublicTokenKey = { kty, crv, x, kid, alg: TOKEN_KEY_ALGORITHM, use: 'sig' };
  try {
    const imported = d === undefined ? undefined : await importJWK({ ...jwk, d }, TOKEN_KEY_ALGORITHM);
    return {
      kid,
      status,
      notBefore: notBefore === undefined ? undefined : new Date(notBefore),
      publicKey: jwk,
      privateKey: imported instanceof Uint8Array ? undefined : imported,
    };
  } catch {
    return refused(`the key ${kid} is no Ed25519 key`);
  }
}

/**
 * Reads a file of token keys.
 *
 * @throws `CONFIG_INVALID` naming the rule that it breaks.
 */
export async function readTokenKeyFile(file: string): Promise<readonly TokenKey[]> {
  const text = await readFile(file, 'utf8').catch(() => refused('must be the path of a readable file'));
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    refused('must be JSON');
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    refused(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
  return Promise.all(parsed.data.keys.map(toTokenKey));
}

/** Differs whenever the file has been written or replaced. */
export async function fileStamp(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return [mtimeMs, size, ino].join(' ');
}
