/** How a failure is classed; `packages/http` maps a kind to a status, consumers map it to retry or dead letter. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'rate_limited'
  | 'timeout'
  | 'unavailable'
  | 'internal';

/** One field that was refused, located by a JSON pointer into the request. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** What an {@link AppError} may carry beside its code, kind and message. */
export interface AppErrorOptions {
  /** True when the same call may succeed later without being changed. Defaults to the kind's usual answer. */
  readonly retryable?: boolean;
  /** Seconds the caller should wait; sent as `Retry-After`. */
  readonly retryAfterS?: number;
  readonly fields?: readonly FieldError[];
  /** Safe to show to the caller; never a secret or a foreign person's data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** True when nothing was written: a repetition under the same key begins as if it were the first. */
  readonly startsAnew?: boolean;
}

const brand = Symbol.for('rideshare.AppError');
const RETRYABLE_KINDS: ReadonlySet<ErrorKind> = new Set(['rate_limited', 'timeout', 'unavailable']);

/**
 * A failure with a stable code that callers may switch on.
 *
 * @remarks Carries no HTTP status: the domain does not know how it is reached. Recognise it with {@link isAppError},
 * not `instanceof`, so that two copies of this package in one process agree.
 */
export class AppError<Code extends string = string> extends Error {
  override readonly name = 'AppError';
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly retryAfterS: number | undefined;
  readonly fields: readonly FieldError[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly startsAnew: boolean;
  readonly [brand] = true;

  constructor(code: Code, kind: ErrorKind, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = kind;
    this.retryable = options.retryable ?? RETRYABLE_KINDS.has(kind);
    this.retryAfterS = options.retryAfterS;
    this.fields = options.fields ?? [];
    this.details = options.details ?? {};
    this.startsAnew = options.startsAnew ?? false;
  }
}

/** Whether `value` is an {@link AppError}, from whichever copy of this package. */
export function isAppError(value: unknown): value is AppError {
  return typeof value === 'object' && value !== null && brand in value;
}

/**
 * The same failure, of a step before anything was written: its repetition takes nothing over, neither ids nor time.
 *
 * @returns what {@link toError} makes of it when it is no {@link AppError}.
 */
export function startingAnew(error: unknown): Error {
  if (!isAppError(error)) return toError(error);
  const { code, kind, message, retryable, retryAfterS, fields, details } = error;
  const wait = retryAfterS === undefined ? {} : { retryAfterS };
  return new AppError(code, kind, message, { retryable, ...wait, fields, details, cause: error, startsAnew: true });
}

/**
 * Turns whatever was thrown into an `Error`, keeping the original as its cause.
 *
 * @remarks An error of another realm, which is no `instanceof Error` here, is passed through like any other.
 */
export function toError(thrown: unknown): Error {
  return Error.isError(thrown) ? thrown : new Error('a value that is not an Error was thrown', { cause: thrown });
}

/**
 * States what must hold if the program is right; a failure is a defect, never a user's mistake.
 *
 * @throws An `AppError` with code `ASSERTION_FAILED` and kind `internal`.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AppError('ASSERTION_FAILED', 'internal', message);
}
