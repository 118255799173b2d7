import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@rideshare/config';
import type { QuoteSeal, StartCodes } from './usecases/ports.ts';

/** Signs quotes with HMAC-SHA-256. */
export function makeQuoteSeal(secret: Secret): QuoteSeal {
  const sign = (text: string): string => createHmac('sha256', secret.reveal()).update(text).digest('base64url');
  return {
    sign,
    verify: (text, signature) => {
      const expected = Buffer.from(sign(text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}

/**
 * Start codes: four digits of HMAC-SHA-256 over the trip's id.
 *
 * The first six bytes are taken modulo 10,000; of 2^48 values the first few codes come out 3 in 10^11 more often.
 */
export function makeStartCodes(secret: Secret): StartCodes {
  return {
    of: (tripId) => {
      const digest = createHmac('sha256', secret.reveal()).update(tripId).digest();
      return String(digest.readUIntBE(0, 6) % 10_000).padStart(4, '0');
    },
  };
}
