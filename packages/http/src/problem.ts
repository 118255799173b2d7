import { AppError, isAppError, toError } from '@rideshare/kernel';
import type { AppErrorOptions, ErrorKind, FieldError } from '@rideshare/kernel';
import { httpErrorCatalogue } from './error-catalogue.ts';
import type { HttpErrorCode } from './error-catalogue.ts';

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  conflict: 409,
  rate_limited: 429,
  timeout: 504,
  unavailable: 503,
  internal: 500,
};

/** Codes whose status is more precise than their kind's. */
const STATUS_OF_CODE: Readonly<Partial<Record<string, number>>> = {
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  MALFORMED_REQUEST: 400,
  MALFORMED_JSON: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  IDEMPOTENCY_KEY_REQUIRED: 400,
} satisfies Partial<Record<HttpErrorCode, number>>;

const TITLE_OF_STATUS: Readonly<Partial<Record<number, string>>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Body too large',
  415: 'Unsupported content type',
  422: 'Refused',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
  504: 'Timed out',
};

/** The fixed text of server errors: internals stay in the log, under the same trace id. */
const SERVER_ERROR_DETAIL: Readonly<Partial<Record<number, string>>> = {
  500: 'Something went wrong on our side. The trace id identifies it.',
  503: 'The service cannot answer right now. Try again later, with the same Idempotency-Key if you sent one.',
  504: 'The service did not answer in time. Try again later, with the same Idempotency-Key if you sent one.',
};

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly traceId: string;
  readonly errors?: readonly FieldError[];
}

/** The HTTP status of an error kind; the only place where the two meet. */
export function statusOf(kind: ErrorKind): number {
  return STATUS_OF_KIND[kind];
}

/** The HTTP status of an error. */
export function statusOfError(error: AppError): number {
  return STATUS_OF_CODE[error.code] ?? statusOf(error.kind);
}

/** Builds an error of this package's catalogue. */
export function httpError(code: HttpErrorCode, message: string, options?: AppErrorOptions): AppError<HttpErrorCode> {
  return new AppError(code, httpErrorCatalogue[code].kind, message, options);
}

/** A 422 that points at every refused field. */
export function validationError(fields: readonly FieldError[]): AppError<HttpErrorCode> {
  return httpError('VALIDATION_FAILED', 'The request does not fit its schema.', { fields });
}

/** What was thrown, as an {@link AppError}; anything unknown becomes `INTERNAL`. */
export function asAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  return httpError('INTERNAL', 'an unexpected error', { cause: toError(thrown) });
}

/**
 * The problem document of an error.
 *
 * @remarks From 500 on its text is fixed, and an internal error has the code `INTERNAL` whatever it was: what went wrong
 * inside is for the log.
 */
export function toProblem(error: AppError, context: { readonly instance: string; readonly traceId: string }): Problem {
  const status = statusOfError(error);
  const code = error.kind === 'internal' ? 'INTERNAL' : error.code;
  return {
    type: `urn:rideshare:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLE_OF_STATUS[status] ?? 'Error',
    status,
    detail: status >= 500 ? (SERVER_ERROR_DETAIL[status] ?? 'Server error.') : error.message,
    instance: context.instance,
    code,
    traceId: context.traceId,
    ...(error.fields.length > 0 && status < 500 ? { errors: error.fields } : {}),
  };
}
