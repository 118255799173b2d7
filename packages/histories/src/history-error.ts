import { AppError } from '@rideshare/kernel';

/** What was recorded is no history, or none of this model. */
export function historyInvalid(message: string, cause?: unknown): AppError {
  return new AppError('HISTORY_INVALID', 'invalid', message, cause === undefined ? {} : { cause });
}
