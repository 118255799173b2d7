import { AppError } from '@rideshare/kernel';
import type { AppErrorOptions, ErrorKind } from '@rideshare/kernel';

/** Every code that this service answers with by itself. */
export const errorCatalogue = {
  OUTSIDE_SERVICE_AREA: { kind: 'invalid', meaning: 'A point of the ride lies outside the area of its city.' },
  TRIP_TOO_SHORT: { kind: 'invalid', meaning: 'The way from pickup to destination is shorter than 50 metres.' },
  QUOTE_NOT_FOUND: { kind: 'not_found', meaning: 'The caller has no quote with this id.' },
  QUOTE_EXPIRED: { kind: 'gone', meaning: 'The quote is no longer the price; ask for a new one.' },
  QUOTE_CORRUPT: { kind: 'internal', meaning: 'A stored quote does not match its signature; it is not honoured.' },
  RIDER_HAS_ACTIVE_TRIP: { kind: 'conflict', meaning: 'The rider is on a trip; the next one begins after its end.' },
  PAYMENT_OUTSTANDING: { kind: 'conflict', meaning: 'An earlier trip is still to be paid before a new one begins.' },
  PAYMENT_METHOD_NOT_FOUND: { kind: 'not_found', meaning: 'The caller has no payment method with this id.' },
  TRIP_NOT_FOUND: { kind: 'not_found', meaning: 'The caller has no trip with this id.' },
  TRIP_TRANSITION_NOT_ALLOWED: {
    kind: 'conflict',
    meaning: 'The trip cannot go from where it stands to the asked status, or not by this caller.',
  },
  TRIP_VERSION_CONFLICT: { kind: 'conflict', meaning: 'The trip has moved on from the version that was sent.' },
  TRIP_CONTENDED: { kind: 'unavailable', meaning: 'Others kept changing the trip meanwhile; repeat the request.' },
  OFFER_NOT_AVAILABLE: {
    kind: 'conflict',
    meaning: 'The offer is over, was never made to this driver, or its trip has ended.',
  },
  ASSIGNMENT_BLOCKED: {
    kind: 'unavailable',
    meaning: 'The driver still stands on another trip; nothing was given up, repeat the request.',
  },
  START_CODE_WRONG: { kind: 'invalid', meaning: 'The code is not the one that the rider was shown.' },
  START_CODE_LOCKED: { kind: 'rate_limited', meaning: 'Too many wrong codes; try again after `Retry-After` seconds.' },
  TRIP_NOT_COMPLETED: { kind: 'conflict', meaning: 'The trip has not been completed.' },
  RATING_EXISTS: { kind: 'conflict', meaning: 'This side has rated the trip already.' },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly meaning: string }>;

/** A code of {@link errorCatalogue}. */
export type TripErrorCode = keyof typeof errorCatalogue;

/** The error of that code; the catalogue's meaning is its text unless `message` says more. */
export function tripError(
  code: TripErrorCode,
  options: AppErrorOptions & { readonly message?: string } = {},
): AppError<TripErrorCode> {
  const { kind, meaning } = errorCatalogue[code];
  const { message, ...rest } = options;
  return new AppError(code, kind, message ?? meaning, rest);
}
