import type { Fingerprints } from '../usecases/ports.ts';
import { deriveKey, keyedDigest } from './derive-key.ts';

/** Digests under `secret`: without it a stored one cannot be tried against a list of addresses. */
export function createFingerprints(secret: string): Fingerprints {
  const emailKey = deriveKey(secret, 'login e-mail');
  const addressKey = deriveKey(secret, 'login address');
  const clientKey = deriveKey(secret, 'refresh client');
  return {
    email: (email) => keyedDigest(emailKey, email.toLowerCase()),
    address: (addressBlock) => keyedDigest(addressKey, addressBlock),
    client: ({ addressBlock, userAgent }) => keyedDigest(clientKey, addressBlock, userAgent),
  };
}
