/**
 * A session is a family of refresh tokens. Each token is exchanged once for its successor:
 *
 *     issued ──exchanged──▶ used (its successor is issued)
 *
 * A family is `live` until it expires or is ended: by signing out, by reuse of a used token, by an operator, or by newer
 * sessions of the same account. An ended family never lives again, and none of its tokens is ever exchanged again.
 *
 * A used token that comes back means that two parties hold it, and nobody can tell which is the thief: the family ends.
 * The exception is a lost reply: the client that exchanged the token asks again within {@link RETRY_WINDOW_MS}, and the
 * successor has not been used. It then gets the same successor, so a retry never forks the family.
 */

/** How long a client may ask again for a reply that it did not get. */
export const RETRY_WINDOW_MS = 10_000;
/** Sessions that one account may have at a time; the one unused for longest makes room. */
export const SESSIONS_PER_ACCOUNT_MAX = 50;

/** Why a session is over. */
export type SessionEnd = 'signed_out' | 'reused' | 'suspended' | 'deactivated' | 'superseded';

/** How long tokens and sessions live. */
export interface SessionPolicy {
  readonly refreshTokenTtlMs: number;
  /** Whatever is refreshed, a session ends after this. */
  readonly sessionTtlMs: number;
}

/** What is stored about a refresh token that was presented, and about its family and its account. */
export interface PresentedToken {
  readonly familyId: string;
  readonly familyExpiresAt: Date;
  readonly familyEnded: boolean;
  readonly accountActive: boolean;
  readonly expiresAt: Date;
  /** Set once it was exchanged. */
  readonly used?: {
    readonly at: Date;
    /** The fingerprint of the client that exchanged it. */
    readonly by: string;
    readonly successorHash: string;
    readonly successorUsed: boolean;
  };
}

export type RefreshVerdict =
  | { readonly outcome: 'exchange'; readonly expiresAt: Date }
  | { readonly outcome: 'repeat' }
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'refused' };

/** When a token that is issued `at` expires: never after its session. */
export function tokenExpiry(at: Date, sessionExpiresAt: Date, policy: SessionPolicy): Date {
  return new Date(Math.min(at.getTime() + policy.refreshTokenTtlMs, sessionExpiresAt.getTime()));
}

/** When a session that is opened `at` expires. */
export function sessionExpiry(at: Date, policy: SessionPolicy): Date {
  return new Date(at.getTime() + policy.sessionTtlMs);
}

/**
 * What becomes of a presented token. `successorHash` is what its successor's hash would be by derivation; where the
 * stored one differs, the key of the derivation has changed since, and the lost reply cannot be given again.
 */
export function decideRefresh(
  presented: PresentedToken,
  client: { readonly fingerprint: string; readonly successorHash: string },
  now: Date,
  policy: SessionPolicy,
): RefreshVerdict {
  const { used } = presented;
  if (presented.familyEnded || !presented.accountActive) return { outcome: 'refused' };
  if (presented.familyExpiresAt <= now) return { outcome: 'refused' };
  if (used) {
    const lostReply =
      used.by === client.fingerprint &&
      used.successorHash === client.successorHash &&
      !used.successorUsed &&
      now.getTime() - used.at.getTime() <= RETRY_WINDOW_MS;
    return lostReply ? { outcome: 'repeat' } : { outcome: 'reused' };
  }
  if (presented.expiresAt <= now) return { outcome: 'refused' };
  return { outcome: 'exchange', expiresAt: tokenExpiry(now, presented.familyExpiresAt, policy) };
}
