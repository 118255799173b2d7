import type { ErrorKind } from '@rideshare/kernel';

/** One row of the error documentation. */
export interface ErrorCatalogueEntry {
  readonly kind: ErrorKind;
  readonly meaning: string;
}

/** The codes that any route may answer with, before or around its own. */
export const httpErrorCatalogue = {
  ROUTE_NOT_FOUND: { kind: 'not_found', meaning: 'No route has this path.' },
  METHOD_NOT_ALLOWED: {
    kind: 'not_found',
    meaning: 'The path exists, not with this method; `Allow` lists those that do. Answered with 405.',
  },
  TOKEN_MISSING: { kind: 'unauthenticated', meaning: 'The route needs `Authorization: Bearer <access token>`.' },
  TOKEN_INVALID: {
    kind: 'unauthenticated',
    meaning: 'The token is malformed, forged, expired, not yet valid, or meant for another audience.',
  },
  ROLE_REQUIRED: { kind: 'forbidden', meaning: 'The caller lacks the role that the route asks for.' },
  RATE_LIMITED: {
    kind: 'rate_limited',
    meaning: 'Too many requests of this class; try again after `Retry-After` seconds.',
  },
  BODY_TOO_LARGE: { kind: 'invalid', meaning: 'The body is larger than 100 kB. Answered with 413.' },
  CONTENT_TYPE_UNSUPPORTED: {
    kind: 'invalid',
    meaning: 'The body is not `application/json`, or its encoding is unknown. Answered with 415.',
  },
  MALFORMED_REQUEST: {
    kind: 'invalid',
    meaning:
      'The request line, the headers, the path or the body could not be read. Answered with 400, with 431 for more than 16 KiB of headers, and with 408 for what did not come in time.',
  },
  MALFORMED_JSON: {
    kind: 'invalid',
    meaning:
      'The body is not valid JSON in UTF-8, is nested too deeply, or holds U+0000 or half of a surrogate pair. Answered with 400.',
  },
  VALIDATION_FAILED: {
    kind: 'invalid',
    meaning: 'A field is missing, unknown, of the wrong type or out of range; `errors` points at each.',
  },
  CURSOR_INVALID: { kind: 'invalid', meaning: 'The page cursor was not made by this list.' },
  IDEMPOTENCY_KEY_INVALID: {
    kind: 'invalid',
    meaning: '`Idempotency-Key` is 1–255 visible ASCII characters. Answered with 400.',
  },
  IDEMPOTENCY_KEY_REQUIRED: {
    kind: 'invalid',
    meaning: 'This installation demands an `Idempotency-Key` on this route. Answered with 400.',
  },
  IDEMPOTENCY_KEY_REUSED: { kind: 'invalid', meaning: 'The key was used before with another body.' },
  IDEMPOTENCY_IN_PROGRESS: {
    kind: 'conflict',
    meaning: 'The first request with this key is still running; ask again after `Retry-After` seconds.',
  },
  OPERATION_TAKEN_OVER: {
    kind: 'unavailable',
    meaning: 'Another process finished this request; repeat it with the same key to get the answer.',
  },
  UPSTREAM_AMBIGUOUS: {
    kind: 'unavailable',
    meaning: 'A service did not give a definitive answer in time; repeat the request with the same key.',
  },
  UPSTREAM_REFUSED: {
    kind: 'internal',
    meaning:
      'A service did not accept another as its caller: their keys or their versions do not fit. Shown as `INTERNAL`.',
  },
  RESPONSE_CONTRACT_BROKEN: {
    kind: 'internal',
    meaning: 'An answer does not fit its own schema; checked outside production. Shown as `INTERNAL`.',
  },
  OVERLOADED: { kind: 'unavailable', meaning: 'The platform sheds load; try again after `Retry-After` seconds.' },
  INTERNAL: { kind: 'internal', meaning: 'A defect; the trace id finds it in the logs.' },
} as const satisfies Record<string, ErrorCatalogueEntry>;

/** A code of {@link httpErrorCatalogue}. */
export type HttpErrorCode = keyof typeof httpErrorCatalogue;
