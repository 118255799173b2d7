import { AppError, type ErrorKind } from '@rideshare/kernel';

/** Every refusal this service can give by itself. */
export type DriverErrorCode =
  | 'DOCUMENT_ALREADY_EXPIRED'
  | 'DOCUMENT_NOT_FOUND'
  | 'DOCUMENT_TRANSITION_NOT_ALLOWED'
  | 'DRIVER_EXISTS'
  | 'DRIVER_NOT_FOUND'
  | 'DRIVER_NOT_VERIFIED'
  | 'DRIVER_ON_TRIP'
  | 'DRIVER_SUSPENDED';

/** What each code means, for the generated list of errors. */
export const errorCatalogue: Readonly<Record<DriverErrorCode, { readonly kind: ErrorKind; readonly meaning: string }>> =
  {
    DOCUMENT_ALREADY_EXPIRED: { kind: 'invalid', meaning: 'The document expired before it was submitted.' },
    DOCUMENT_NOT_FOUND: { kind: 'not_found', meaning: 'The driver has no such document.' },
    DOCUMENT_TRANSITION_NOT_ALLOWED: {
      kind: 'conflict',
      meaning: 'The document no longer waits for review: it was decided, replaced, or has expired meanwhile.',
    },
    DRIVER_EXISTS: { kind: 'conflict', meaning: 'The person is a driver already.' },
    DRIVER_NOT_FOUND: { kind: 'not_found', meaning: 'There is no such driver, or the caller may not see them.' },
    DRIVER_NOT_VERIFIED: {
      kind: 'conflict',
      meaning: 'A mandatory document is missing, not approved yet, rejected or expired.',
    },
    DRIVER_ON_TRIP: { kind: 'conflict', meaning: 'The driver is assigned to a trip; the status follows the trip.' },
    DRIVER_SUSPENDED: { kind: 'conflict', meaning: 'The account of the driver is suspended or closed.' },
  };

function fail(code: DriverErrorCode, message: string, pointer?: string): AppError<DriverErrorCode> {
  return new AppError(
    code,
    errorCatalogue[code].kind,
    message,
    pointer === undefined ? {} : { fields: [{ pointer, detail: message }] },
  );
}

export function documentAlreadyExpired(): AppError {
  return fail('DOCUMENT_ALREADY_EXPIRED', 'the document has expired already', '/expiresOn');
}

export function documentNotFound(): AppError {
  return fail('DOCUMENT_NOT_FOUND', 'there is no such document');
}

export function documentTransitionNotAllowed(message: string): AppError {
  return fail('DOCUMENT_TRANSITION_NOT_ALLOWED', message);
}

export function driverExists(): AppError {
  return fail('DRIVER_EXISTS', 'you are a driver already');
}

export function driverNotFound(): AppError {
  return fail('DRIVER_NOT_FOUND', 'there is no such driver');
}

export function driverNotVerified(): AppError {
  return fail('DRIVER_NOT_VERIFIED', 'a mandatory document is missing, not approved, rejected or expired');
}

export function driverOnTrip(): AppError {
  return fail('DRIVER_ON_TRIP', 'the driver is on a trip');
}

export function driverSuspended(): AppError {
  return fail('DRIVER_SUSPENDED', 'the account is suspended');
}
