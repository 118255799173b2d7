import type { KeptAnswers, LoginFailureStore, SessionStore } from './ports.ts';

/** Rows of one kind that one run deletes: a few milliseconds of locks. */
export const PURGE_BATCH_MAX = 1_000;

/** Deletes sessions, tokens, counts and kept answers that no rule looks at any more; `true` when there may be more. */
export async function purgeExpired(deps: {
  readonly sessions: SessionStore;
  readonly loginFailures: LoginFailureStore;
  readonly keptAnswers: KeptAnswers;
}): Promise<boolean> {
  await deps.keptAnswers.purge();
  const deleted = [await deps.sessions.purge(PURGE_BATCH_MAX), await deps.loginFailures.purge(PURGE_BATCH_MAX)];
  return deleted.some((count) => count >= PURGE_BATCH_MAX);
}
