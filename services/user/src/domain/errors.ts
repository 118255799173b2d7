import { AppError } from '@rideshare/kernel';
import type { AppErrorOptions, ErrorKind } from '@rideshare/kernel';

/** Every code this service answers with, beside those that any route has. */
export const userErrorCatalogue = {
  EMAIL_TAKEN: { kind: 'conflict', meaning: 'An account with this e-mail address exists, whatever its case.' },
  PASSWORD_BREACHED: { kind: 'invalid', meaning: 'The password is on the list of known, leaked passwords.' },
  INVALID_CREDENTIALS: {
    kind: 'unauthenticated',
    meaning: 'E-mail and password do not belong together, or the account is closed.',
  },
  LOGIN_BACKOFF: {
    kind: 'rate_limited',
    meaning: 'Too many failed sign-ins; try again after `Retry-After` seconds.',
  },
  REFRESH_TOKEN_INVALID: {
    kind: 'unauthenticated',
    meaning: 'The refresh token is unknown or expired, or its session has ended; sign in again.',
  },
  REFRESH_TOKEN_REUSED: {
    kind: 'unauthenticated',
    meaning: 'The refresh token had been exchanged before; its session was ended, sign in again.',
  },
  USER_NOT_FOUND: { kind: 'not_found', meaning: 'No such account, or not one the caller may touch.' },
  USER_SUSPENDED: { kind: 'forbidden', meaning: 'The account is suspended.' },
  USER_DEACTIVATED: { kind: 'conflict', meaning: 'The account is closed and no longer changes.' },
  OVERLOADED: { kind: 'unavailable', meaning: 'Too many passwords wait to be checked; try again shortly.' },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly meaning: string }>;

/** A code of {@link userErrorCatalogue}. */
export type UserErrorCode = keyof typeof userErrorCatalogue;

function userError(code: UserErrorCode, message: string, options?: AppErrorOptions): AppError<UserErrorCode> {
  return new AppError(code, userErrorCatalogue[code].kind, message, options);
}

export function emailTaken(): AppError<UserErrorCode> {
  return userError('EMAIL_TAKEN', 'An account with this e-mail address exists.');
}

export function passwordBreached(): AppError<UserErrorCode> {
  const detail = 'This password is publicly known; choose another.';
  return userError('PASSWORD_BREACHED', detail, { fields: [{ pointer: '/password', detail }] });
}

export function invalidCredentials(): AppError<UserErrorCode> {
  return userError('INVALID_CREDENTIALS', 'E-mail and password do not belong together.');
}

export function loginBackoff(retryAfterS: number): AppError<UserErrorCode> {
  return userError('LOGIN_BACKOFF', 'Too many failed sign-ins.', { retryAfterS });
}

export function refreshTokenInvalid(): AppError<UserErrorCode> {
  return userError('REFRESH_TOKEN_INVALID', 'The refresh token is not valid; sign in again.');
}

export function refreshTokenReused(): AppError<UserErrorCode> {
  return userError('REFRESH_TOKEN_REUSED', 'The refresh token had been used before; sign in again.');
}

export function userNotFound(): AppError<UserErrorCode> {
  return userError('USER_NOT_FOUND', 'No such account.');
}

export function userSuspended(): AppError<UserErrorCode> {
  return userError('USER_SUSPENDED', 'The account is suspended.');
}

export function userDeactivated(): AppError<UserErrorCode> {
  return userError('USER_DEACTIVATED', 'The account is closed.');
}

export function overloaded(): AppError<UserErrorCode> {
  return userError('OVERLOADED', 'too many passwords wait to be checked', { retryAfterS: 1 });
}
