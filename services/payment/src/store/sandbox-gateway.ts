/**
 * A payment gateway that exists only here, and yet behaves like a company of its own: it remembers what it was asked in
 * transactions of its own, it refuses what cannot be, and some of its tokens are trouble.
 *
 * `tok_declined`, `tok_insufficient_funds` and `tok_3ds` are refused. `tok_timeout_before` is lost on the way in,
 * `tok_timeout_after` and `tok_5xx_after` on the way out, each the first time a key is sent; a repeat of the key works
 * like `tok_ok`. `tok_slow` takes its time. Tokens act on authorisations and captures.
 */
import type { Money, Scheduler } from '@rideshare/kernel';
import { gatewayAmbiguous } from '../domain/errors.ts';
import type { GatewayAnswer } from '../domain/payment.ts';
import type { PaymentGateway, TokenFacts } from '../usecases/ports.ts';

type Behaviour = 'ok' | 'lost_before' | 'lost_after' | 'slow' | { readonly refused: string };

const TOKENS: Readonly<Record<string, TokenFacts & { readonly behaviour: Behaviour }>> = {
  tok_ok: { brand: 'visa', last4: '4242', behaviour: 'ok' },
  tok_declined: { brand: 'visa', last4: '0002', behaviour: { refused: 'card_declined' } },
  tok_insufficient_funds: { brand: 'visa', last4: '9995', behaviour: { refused: 'insufficient_funds' } },
  tok_timeout_before: { brand: 'mastercard', last4: '5100', behaviour: 'lost_before' },
  tok_timeout_after: { brand: 'mastercard', last4: '5200', behaviour: 'lost_after' },
  tok_5xx_after: { brand: 'mastercard', last4: '5500', behaviour: 'lost_after' },
  tok_slow: { brand: 'visa', last4: '3000', behaviour: 'slow' },
  tok_3ds: { brand: 'visa', last4: '3184', behaviour: { refused: 'authentication_required' } },
};

export type SandboxKind = 'authorize' | 'increment' | 'capture' | 'void' | 'refund';

export interface SandboxRequest {
  readonly key: string;
  readonly kind: SandboxKind;
  readonly amount: Money;
  readonly token?: string;
  readonly target?: string;
}

/** What the sandbox remembers of a key. */
export interface SandboxRecord {
  readonly kind: SandboxKind;
  readonly reference: string;
  readonly token: string | null;
  readonly amount: number;
  readonly currency: string;
  /** `received`: it arrived and was lost, so a query does not find it. */
  readonly state: 'received' | 'done' | 'refused';
  readonly code: string | null;
}

/** What was made, and what was done to it since. */
export interface Made {
  readonly made: SandboxRecord;
  readonly changes: readonly SandboxRecord[];
}

/** What the operations on one hold or capture add up to. */
interface Position {
  readonly made: SandboxRecord;
  readonly added: number;
  readonly captured: boolean;
  readonly voided: boolean;
  readonly refunded: number;
}

function positionOf({ made, changes }: Made): Position {
  const sum = (kind: SandboxKind) =>
    changes.filter((each) => each.kind === kind).reduce((total, { amount }) => total + amount, 0);
  const has = (kind: SandboxKind) => changes.some((each) => each.kind === kind);
  return { made, added: sum('increment'), captured: has('capture'), voided: has('void'), refunded: sum('refund') };
}

/** Why a request cannot be; `null` when it can. */
function refusalOf({ kind, amount }: SandboxRequest, position: Position | null): string | null {
  if (kind === 'authorize') return amount.amount > 0 ? null : 'amount_invalid';
  if (!position) return 'target_not_found';
  const { made, added, captured, voided, refunded } = position;
  if (made.currency !== amount.currency) return 'currency_mismatch';
  if (kind === 'refund') {
    if (made.kind !== 'capture') return 'target_not_found';
    return refunded + amount.amount > made.amount ? 'amount_too_large' : null;
  }
  if (made.kind !== 'authorize') return 'target_not_found';
  if (captured) return 'already_captured';
  if (voided) return 'already_voided';
  return kind === 'capture' && amount.amount > made.amount + added ? 'amount_too_large' : null;
}

function behaviourOf({ kind, token }: SandboxRequest, position: Position | null): Behaviour {
  const known = kind === 'authorize' ? token : kind === 'capture' ? position?.made.token : 'tok_ok';
  return TOKENS[known ?? '']?.behaviour ?? { refused: 'token_unknown' };
}

/** What to remember of a request, and what becomes of its answer. */
export interface Judgement {
  readonly state: SandboxRecord['state'];
  readonly code: string | null;
  readonly lost: boolean;
  readonly slow: boolean;
}

/** Judges a request that has not been answered yet; `target` is what it acts on. */
export function judge(request: SandboxRequest, target: Made | null, hasArrivedBefore: boolean): Judgement {
  const position = target && positionOf(target);
  const impossible = refusalOf(request, position);
  const behaviour = hasArrivedBefore ? 'ok' : behaviourOf(request, position);
  if (behaviour === 'lost_before') return { state: 'received', code: null, lost: true, slow: false };
  const code = typeof behaviour === 'object' ? behaviour.refused : impossible;
  const state = code === null ? 'done' : 'refused';
  return { state, code, lost: behaviour === 'lost_after', slow: behaviour === 'slow' };
}

export function answerOf({ state, reference, code }: SandboxRecord): GatewayAnswer | null {
  if (state === 'received') return null;
  return state === 'done' ? { outcome: 'done', reference } : { outcome: 'refused', code: code ?? 'refused' };
}

/** What became of a request. */
export interface SandboxOutcome {
  readonly answer: GatewayAnswer | null;
  readonly lost: boolean;
  readonly slow: boolean;
}

/** The sandbox's memory. */
export interface SandboxBooks {
  /** Judges and remembers a request in one transaction; one that was answered before is answered so again. */
  carryOut(request: SandboxRequest): Promise<SandboxOutcome>;
  find(key: string): Promise<SandboxRecord | null>;
}

/** What the sandbox is built from, beside its memory. */
export interface SandboxOptions {
  readonly scheduler: Pick<Scheduler, 'sleep'>;
  /** How long `tok_slow` takes. */
  readonly slowMs: number;
}

/** The sandbox gateway over its books. */
export function createSandbox(books: SandboxBooks, { scheduler, slowMs }: SandboxOptions): PaymentGateway {
  const request = async (wanted: SandboxRequest): Promise<GatewayAnswer> => {
    const { answer, lost, slow } = await books.carryOut(wanted);
    if (slow) await scheduler.sleep(slowMs);
    if (lost || !answer) throw gatewayAmbiguous(new Error('the answer was lost'));
    return answer;
  };
  return {
    name: 'sandbox',
    describe: (token) => {
      const known = Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined;
      return Promise.resolve(known ? { brand: known.brand, last4: known.last4 } : null);
    },
    authorize: ({ key, token, amount }) => request({ kind: 'authorize', key, token, amount }),
    increment: (change) => request({ kind: 'increment', ...change }),
    capture: (change) => request({ kind: 'capture', ...change }),
    void: (change) => request({ kind: 'void', ...change }),
    refund: (change) => request({ kind: 'refund', ...change }),
    async query(key) {
      const found = await books.find(key);
      return found && answerOf(found);
    },
  };
}
