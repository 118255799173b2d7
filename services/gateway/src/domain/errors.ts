import { AppError } from '@rideshare/kernel';
import type { ErrorKind } from '@rideshare/kernel';

/** Every code of this service, for the documentation. */
export const errorCatalogue = {
  UPSTREAM_UNAVAILABLE: {
    kind: 'unavailable',
    meaning:
      'The service behind the gateway did not answer; repeat the request, with the same Idempotency-Key if it had one.',
  },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly meaning: string }>;

/** A service that cannot be reached, or did not answer in time. */
export function upstreamUnavailable(cause: unknown): AppError<'UPSTREAM_UNAVAILABLE'> {
  return new AppError('UPSTREAM_UNAVAILABLE', errorCatalogue.UPSTREAM_UNAVAILABLE.kind, 'a service did not answer', {
    cause,
    retryAfterS: 1,
  });
}
