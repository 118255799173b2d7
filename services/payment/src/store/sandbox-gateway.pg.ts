/**
 * A payment gateway that exists only here, and yet behaves like a company of its own: it remembers what it was asked in
 * transactions of its own, it refuses what cannot be, and some of its tokens are trouble.
 *
 * `tok_declined`, `tok_insufficient_funds` and `tok_3ds` are refused. `tok_timeout_before` is lost on the way in,
 * `tok_timeout_after` and `tok_5xx_after` on the way out, each the first time a key is sent; a repeat of the key works
 * like `tok_ok`. `tok_slow` takes its time. Tokens act on authorisations and captures.
 */
import type { Money, Scheduler } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
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

type Kind = 'authorize' | 'increment' | 'capture' | 'void' | 'refund';

interface Request {
  readonly key: string;
  readonly kind: Kind;
  readonly amount: Money;
  readonly token?: string;
  readonly target?: string;
}

interface StoredRow {
  readonly kind: Kind;
  readonly reference: string;
  readonly target_ref: string | null;
  readonly token: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly state: 'received' | 'done' | 'refused';
  readonly code: string | null;
}

const COLUMNS = 'kind, reference, target_ref, token, amount, currency, state, code';

function answerOf({ state, reference, code }: StoredRow): GatewayAnswer | null {
  if (state === 'received') return null;
  return state === 'done' ? { outcome: 'done', reference } : { outcome: 'refused', code: code ?? 'refused' };
}

/** What the operations on one hold or capture add up to. */
interface Position {
  readonly made: StoredRow;
  readonly added: number;
  readonly captured: boolean;
  readonly voided: boolean;
  readonly refunded: number;
}

async function positionOf(tx: PgTransaction, reference: string): Promise<Position | null> {
  const { rows } = await tx.query<StoredRow>(
    `select ${COLUMNS} from sandbox_operations where reference = $1 and state = 'done' for update`,
    [reference],
  );
  const [made] = rows;
  if (!made) return null;
  const changes = await tx.query<StoredRow>(
    `select ${COLUMNS} from sandbox_operations where target_ref = $1 and state = 'done'`,
    [reference],
  );
  const sum = (kind: Kind) =>
    changes.rows.filter((row) => row.kind === kind).reduce((total, { amount }) => total + amount, 0);
  const has = (kind: Kind) => changes.rows.some((row) => row.kind === kind);
  return { made, added: sum('increment'), captured: has('capture'), voided: has('void'), refunded: sum('refund') };
}

/** Why a request cannot be; `null` when it can. */
function refusalOf({ kind, amount }: Request, position: Position | null): string | null {
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

function behaviourOf({ kind, token }: Request, position: Position | null): Behaviour {
  const known = kind === 'authorize' ? token : kind === 'capture' ? position?.made.token : 'tok_ok';
  return TOKENS[known ?? '']?.behaviour ?? { refused: 'token_unknown' };
}

async function remember(
  tx: PgTransaction,
  request: Request,
  state: StoredRow['state'],
  code: string | null,
): Promise<GatewayAnswer | null> {
  const { key, kind, amount, token = null, target = null } = request;
  const { rows } = await tx.query<StoredRow>(
    `insert into sandbox_operations (key, kind, reference, target_ref, token, amount, currency, state, code)
     values ($1, $2, 'sandbox_' || gen_random_uuid(), $3, $4, $5, $6, $7, $8)
     on conflict (key) do update set state = excluded.state, code = excluded.code, sends = sandbox_operations.sends + 1
     returning ${COLUMNS}`,
    [key, kind, target, token, amount.amount, amount.currency, state, code],
  );
  return rows[0] ? answerOf(rows[0]) : null;
}

interface Outcome {
  readonly answer: GatewayAnswer | null;
  readonly lost: boolean;
  readonly slow: boolean;
}

async function carryOut(tx: PgTransaction, request: Request): Promise<Outcome> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [request.key]);
  const known = await tx.query<StoredRow>(
    `update sandbox_operations set sends = sends + 1 where key = $1 and state <> 'received' returning ${COLUMNS}`,
    [request.key],
  );
  if (known.rows[0]) return { answer: answerOf(known.rows[0]), lost: false, slow: false };
  const arrivedBefore = await tx.query('select from sandbox_operations where key = $1', [request.key]);
  const position = request.target === undefined ? null : await positionOf(tx, request.target);
  const impossible = refusalOf(request, position);
  const behaviour = arrivedBefore.rowCount > 0 ? 'ok' : behaviourOf(request, position);
  if (behaviour === 'lost_before') {
    return { answer: await remember(tx, request, 'received', null), lost: true, slow: false };
  }
  const refused = typeof behaviour === 'object' ? behaviour.refused : impossible;
  const answer = await remember(tx, request, refused === null ? 'done' : 'refused', refused);
  return { answer, lost: behaviour === 'lost_after', slow: behaviour === 'slow' };
}

/** What the sandbox is built from. */
export interface SandboxGatewayOptions {
  readonly database: Database;
  readonly scheduler: Pick<Scheduler, 'sleep'>;
  /** How long `tok_slow` takes. */
  readonly slowMs: number;
}

/** The sandbox gateway; its memory is in PostgreSQL, so that it outlives the process that asked it. */
export function createSandboxGateway({ database, scheduler, slowMs }: SandboxGatewayOptions): PaymentGateway {
  const request = async (wanted: Request): Promise<GatewayAnswer> => {
    const { answer, lost, slow } = await database.transaction((tx) => carryOut(tx, wanted));
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
      const { rows } = await database.query<StoredRow>(`select ${COLUMNS} from sandbox_operations where key = $1`, [
        key,
      ]);
      return rows[0] ? answerOf(rows[0]) : null;
    },
  };
}
