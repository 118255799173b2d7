import { createHmac, hkdfSync } from 'node:crypto';

/** A key of its own for each purpose, so that what is derived for one says nothing about another. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `rideshare user ${purpose}`, 32));
}

/** A keyed digest as URL-safe text. */
export function keyedDigest(key: Buffer, ...parts: readonly string[]): string {
  const digest = createHmac('sha256', key);
  // lengths first: no two lists of parts give the same input
  for (const part of parts) digest.update(`${String(part.length)}:`).update(part);
  return digest.digest('base64url');
}
