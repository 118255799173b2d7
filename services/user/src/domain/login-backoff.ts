/**
 * Failed sign-ins slow the next ones down, on three counts:
 *
 * - `pair`: one account from one address. Strict, since a guesser sits here.
 * - `account`: one account from everywhere, for guessers with many addresses. Soft and short.
 * - the address alone, for one password tried on many accounts: a budget that each process keeps by itself.
 *
 * The last two are waived where the account has signed in from that address before: whoever floods an account, or shares
 * an address with its owner, cannot keep the owner out at home, and elsewhere the owner waits for a while.
 *
 * Every wait is bounded, and a count is forgotten after {@link FORGET_AFTER_MS} without a failure. Counts are kept under the
 * address that was typed, known or not: an unknown account must not be told from a known one by how it backs off.
 */

/** What a count of failures is about. */
export type BackoffScope = 'pair' | 'account';

/** How a scope slows down. */
export interface BackoffRule {
  /** Failures that cost nothing: people mistype. */
  readonly freeFailures: number;
  /** The wait after the first failure that is not free; it doubles with each further one. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
}

export const BACKOFF_RULES: Readonly<Record<BackoffScope, BackoffRule>> = {
  pair: { freeFailures: 4, baseMs: 2_000, maxMs: 300_000 },
  account: { freeFailures: 49, baseMs: 1_000, maxMs: 15_000 },
};

/** A count without a new failure for this long starts at zero again. */
export const FORGET_AFTER_MS = 3_600_000;
/** How long an address counts as known after a successful sign-in: as long as the longest holidays. */
export const KNOWN_ADDRESS_MS = 60 * 86_400_000;

/** How long the next attempt has to wait after `failures` in a row. */
export function waitAfter(failures: number, rule: BackoffRule): number {
  const counted = failures - rule.freeFailures;
  if (counted <= 0) return 0;
  return Math.min(rule.maxMs, rule.baseMs * 2 ** Math.min(counted - 1, 30));
}

/** What is stored about the attempts on one account from one address. */
export interface BackoffState {
  /** Milliseconds that a scope still has to wait; 0 where it need not. */
  readonly waitMs: Readonly<Record<BackoffScope, number>>;
  readonly addressKnown: boolean;
}

/** Seconds to wait before the next attempt; 0 when it may go ahead. `addressWaitMs` is that of the address alone. */
export function backoffS(state: BackoffState, addressWaitMs: number): number {
  const { pair, account } = state.waitMs;
  const waitMs = state.addressKnown ? pair : Math.max(pair, account, addressWaitMs);
  return Math.ceil(waitMs / 1000);
}
