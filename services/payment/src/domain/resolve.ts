import type { Goal, OpKind } from './payment.ts';

/** What is known about an operation whose outcome is open, after the gateway said that it knows nothing of it. */
export interface Doubt {
  readonly kind: OpKind;
  readonly goal: Goal;
  /** How often the same key was sent. */
  readonly sends: number;
  readonly sinceSentMs: number;
}

export type Resolution = 'resend' | 'give_up' | 'ask_again';

// with the first send, four: more would only repeat what the gateway evidently does not want to hear
const RESENDS_MAX = 3;

/** Whether the payment still wants what the operation does. */
export function isWanted(kind: OpKind, goal: Goal): boolean {
  switch (kind) {
    case 'hold':
      return goal !== 'void';
    case 'increment':
    case 'capture':
      return goal === 'capture';
    case 'void':
      return goal === 'void';
    default:
      return true;
  }
}

/**
 * What to do about an operation that the gateway does not know.
 *
 * @remarks The same key is sent again, which is safe however late the first one arrives. A new key never is, so an
 * operation is given up only once the gateway would have shown it (`horizonMs` after the last send).
 */
export function resolveUnknown(doubt: Doubt, horizonMs: number): Resolution {
  if (isWanted(doubt.kind, doubt.goal) && doubt.sends <= RESENDS_MAX) return 'resend';
  return doubt.sinceSentMs >= horizonMs ? 'give_up' : 'ask_again';
}

/** How long to wait before the next question: 1, 2, 4 … seconds, at most `maxMs`. */
export function queryDelayMs(queries: number, maxMs: number): number {
  return Math.min(1_000 * 2 ** Math.min(queries, 20), maxMs);
}
