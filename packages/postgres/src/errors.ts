import { AppError, isAppError, toError } from '@rideshare/kernel';
import type { ErrorKind } from '@rideshare/kernel';
import pg from 'pg';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';

/** SQLSTATEs that end the connection or never let one come about; class 08 is all of this kind. */
const UNREACHABLE = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03']);
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
/** What the client says without a code when a connection ends or does not come about. */
const LOST =
  /connection terminated|connection ended|not queryable|timeout exceeded when trying to connect|timeout expired/i;

// not `instanceof`: an error of the network may come from another realm than this module
function codeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The engine's own answer, wherever it is in the chain of causes. */
function databaseError(error: unknown): pg.DatabaseError | undefined {
  for (let each = error; Error.isError(each); each = each.cause) {
    if (each instanceof pg.DatabaseError) return each;
  }
  return undefined;
}

/** Whether a unique constraint (the named one, or any) refused the statement. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const refused = databaseError(error);
  return refused?.code === UNIQUE_VIOLATION && (constraint === undefined || refused.constraint === constraint);
}

/** Whether the engine asks for the transaction to be tried again: a serialization failure or a deadlock. */
export function isSerializationFailure(error: unknown): boolean {
  const code = databaseError(error)?.code;
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

/** Whether a prepared statement has been overtaken by a migration of its table. */
export function isOutdatedStatement(error: unknown): boolean {
  const refused = databaseError(error);
  return refused?.code === '0A000' && refused.message.startsWith('cached plan must not change');
}

/** Whether the connection is gone (or never was), as opposed to the engine having refused a statement. */
export function isConnectionLost(error: unknown): boolean {
  if (isAppError(error)) return error.code === 'ENGINE_UNREACHABLE' || error.code === 'COMMIT_AMBIGUOUS';
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError) return code !== undefined && (UNREACHABLE.has(code) || code.startsWith('08'));
  if (code !== undefined && SOCKET_CODES.has(code)) return true;
  return Error.isError(error) && LOST.test(error.message);
}

/** The engine could not be asked, so nothing has happened. */
export function engineUnreachable(cause: unknown): AppError {
  return new AppError('ENGINE_UNREACHABLE', 'unavailable', 'PostgreSQL cannot be reached', { cause });
}

/** The answer to a commit was lost; whether it happened has to be read from the database. */
export function commitAmbiguous(cause: unknown): AppError {
  return new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'the connection was lost while a change was being committed', {
    cause,
  });
}

const LIMITS: Readonly<Record<string, readonly [code: string, kind: ErrorKind, message: string]>> = {
  '57014': ['STATEMENT_TIMED_OUT', 'timeout', 'a statement took longer than it may'],
  '55P03': ['LOCK_TIMED_OUT', 'unavailable', 'a statement waited for a lock longer than it may'],
};

/** What a caller of ours is told about a failed statement that is known to have had no effect. */
export function statementError(error: unknown): Error {
  if (isAppError(error)) return error;
  if (isConnectionLost(error)) return engineUnreachable(error);
  const limit = error instanceof pg.DatabaseError && error.code !== undefined ? LIMITS[error.code] : undefined;
  return limit ? new AppError(...limit, { cause: error }) : toError(error);
}
