import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@rideshare/config';
import type { PspKeys, WebhookVerifier } from './usecases/ports.ts';

/** Keys that nobody can guess and that are the same however often they are asked for. */
export function createPspKeys(secret: Secret): PspKeys {
  return {
    keyOf: (paymentId, kind, attempt) =>
      createHmac('sha256', secret.reveal())
        .update(`${paymentId}|${kind}|${String(attempt)}`)
        .digest('base64url'),
  };
}

// long enough for a slow network and clocks that disagree, too short to be worth recording and playing back
const TOLERANCE_S = 300;
const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/** Signs a webhook as the sandbox gateway does: `t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`. */
export function signWebhook(secret: Secret, body: Uint8Array, at: Date): string {
  const seconds = String(Math.floor(at.getTime() / 1_000));
  return `t=${seconds},v1=${createHmac('sha256', secret.reveal()).update(`${seconds}.`).update(body).digest('hex')}`;
}

/** Verifies the sandbox gateway's signatures. */
export function createWebhookVerifier(secret: Secret): WebhookVerifier {
  return {
    verify(body, signature, at) {
      const seconds = SIGNATURE.exec(signature ?? '')?.[1];
      if (signature === undefined || seconds === undefined) return false;
      const signedAt = Number(seconds) * 1_000;
      if (Math.abs(at.getTime() - signedAt) > TOLERANCE_S * 1_000) return false;
      // both have the length that the pattern demands
      const expected = signWebhook(secret, body, new Date(signedAt));
      return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
    },
  };
}
