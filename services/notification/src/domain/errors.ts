import { AppError } from '@rideshare/kernel';
import type { ErrorKind } from '@rideshare/kernel';

/** Every code of this service, for the documentation. */
export const errorCatalogue = {
  CONTACT_UNKNOWN: {
    kind: 'unavailable',
    meaning: 'An event names a person whose account has not been heard of yet; the event is tried again later.',
  },
  DELIVERY_FAILED: {
    kind: 'unavailable',
    meaning: 'A channel did not take a message; it is tried again, and given up after the last attempt.',
  },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly meaning: string }>;

/** The account's events travel on another topic and may be late. */
export function contactUnknown(): AppError<'CONTACT_UNKNOWN'> {
  return new AppError(
    'CONTACT_UNKNOWN',
    errorCatalogue.CONTACT_UNKNOWN.kind,
    'no account is known for a person of this event',
  );
}

/** A channel refused or failed. */
export function deliveryFailed(cause: unknown): AppError<'DELIVERY_FAILED'> {
  return new AppError('DELIVERY_FAILED', errorCatalogue.DELIVERY_FAILED.kind, 'the channel did not take the message', {
    cause,
  });
}
