import { decideRefresh, sessionExpiry, tokenExpiry } from '../../src/domain/session.ts';
import type { RefreshVerdict, SessionPolicy } from '../../src/domain/session.ts';

interface Token {
  readonly hash: string;
  readonly expiresAt: Date;
  used?: { readonly at: Date; readonly by: string; readonly successorHash: string };
}

/** What became of a presented token, as the store tells it. */
export type Outcome = RefreshVerdict['outcome'] | 'unknown';

/** One session in memory, on a clock of its own: the store's behaviour without the store. */
export class SessionMachine {
  readonly #policy: SessionPolicy;
  readonly #expiresAt: Date;
  readonly tokens: Token[] = [];
  accountActive = true;
  ended = false;
  #now = new Date('2026-03-01T12:00:00Z');

  constructor(policy: SessionPolicy) {
    this.#policy = policy;
    this.#expiresAt = sessionExpiry(this.#now, policy);
    this.tokens.push({ hash: 't0', expiresAt: tokenExpiry(this.#now, this.#expiresAt, policy) });
  }

  /** The hash that the successor of a token has. */
  static successorOf(hash: string): string {
    return `t${String(Number(hash.slice(1)) + 1)}`;
  }

  pass(durationMs: number): void {
    this.#now = new Date(this.#now.getTime() + durationMs);
  }

  refresh(hash: string, fingerprint: string): Outcome {
    const token = this.tokens.find((candidate) => candidate.hash === hash);
    if (!token) return 'unknown';
    const successorHash = SessionMachine.successorOf(hash);
    const successor = this.tokens.find((candidate) => candidate.hash === token.used?.successorHash);
    const verdict = decideRefresh(
      {
        familyId: 'f',
        familyExpiresAt: this.#expiresAt,
        familyEnded: this.ended,
        accountActive: this.accountActive,
        expiresAt: token.expiresAt,
        ...(token.used ? { used: { ...token.used, successorUsed: successor?.used !== undefined } } : {}),
      },
      { fingerprint, successorHash },
      this.#now,
      this.#policy,
    );
    if (verdict.outcome === 'reused') this.ended = true;
    if (verdict.outcome === 'exchange') {
      token.used = { at: this.#now, by: fingerprint, successorHash };
      this.tokens.push({ hash: successorHash, expiresAt: verdict.expiresAt });
    }
    return verdict.outcome;
  }
}
