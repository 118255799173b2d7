import type {
  Aggregate,
  Decision,
  DecisionContext,
  GatewayAnswer,
  OpKind,
  PaymentOp,
} from '../../src/domain/payment.ts';
import { setGoal } from '../../src/domain/set-goal.ts';
import type { TripFacts, Wish } from '../../src/domain/set-goal.ts';
import { settleOp } from '../../src/domain/settle-op.ts';

/** Ids that say what they are of; every step of a test is an operation of its own. */
export function contextOf(step: string): DecisionContext {
  return {
    id: (name) => `${step}/${name}`,
    pspKey: (paymentId, kind, attempt) => `${paymentId}|${kind}|${String(attempt)}`,
  };
}

export const trip: TripFacts = {
  tripId: 'trip',
  riderId: 'rider',
  methodId: 'method',
  currency: 'EUR',
  causeId: 'cause',
  trace: {},
};

export const fare = (amount: number): Wish => ({
  goal: 'capture',
  kind: 'fare',
  amount,
  driverId: 'driver',
  shares: { driver: Math.floor(amount * 0.7), bookingFee: Math.min(100, Math.floor(amount * 0.1)) },
});

function merge<Row extends { readonly id: string }>(rows: readonly Row[], changed: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) byId.set(row.id, row);
  return [...byId.values()];
}

/** What a store would hold after the decision. */
export function apply(before: Aggregate | null, decision: Decision | null): Aggregate {
  if (!decision) {
    if (!before) throw new Error('there is nothing to apply the decision to');
    return before;
  }
  return {
    payment: decision.payment,
    ops: merge(before?.ops ?? [], decision.ops),
    refunds: merge(before?.refunds ?? [], decision.refunds),
    debts: merge(before?.debts ?? [], decision.debts),
  };
}

/** Puts an operation into the hands of the gateway, as a lease does. */
export function send(aggregate: Aggregate, opId: string): Aggregate {
  const ops = aggregate.ops.map((op): PaymentOp => (op.id === opId ? { ...op, state: 'sent' } : op));
  return { ...aggregate, ops };
}

export function plannedOp(aggregate: Aggregate): PaymentOp | undefined {
  return aggregate.ops.find(({ state }) => state === 'planned');
}

export const done = (reference = 'ref'): GatewayAnswer => ({ outcome: 'done', reference });
export const refused = (code = 'card_declined'): GatewayAnswer => ({ outcome: 'refused', code });

/** A payment that is carried through a story, with everything that was decided on the way. */
export class Story {
  aggregate: Aggregate;
  readonly decisions: Decision[] = [];

  constructor(wish: Wish, facts: Partial<TripFacts> = {}) {
    const decision = setGoal(null, contextOf('0'), { ...trip, ...facts }, wish);
    if (!decision) throw new Error('a payment is opened');
    this.aggregate = apply(null, decision);
    this.decisions.push(decision);
  }

  get next(): OpKind | null {
    return plannedOp(this.aggregate)?.kind ?? null;
  }

  get events() {
    return this.decisions.flatMap(({ events }) => events);
  }

  get journals() {
    return this.decisions.flatMap(({ journals }) => journals);
  }

  get context(): DecisionContext {
    return contextOf(String(this.decisions.length));
  }

  take(decision: Decision | null): this {
    if (decision) this.decisions.push(decision);
    this.aggregate = apply(this.aggregate, decision);
    return this;
  }

  want(wish: Wish): this {
    return this.take(setGoal(this.aggregate, this.context, trip, wish));
  }

  /** Sends what is planned and settles it. */
  answer(answer: GatewayAnswer): this {
    const op = plannedOp(this.aggregate);
    if (!op) throw new Error('nothing is planned');
    this.aggregate = send(this.aggregate, op.id);
    const given = answer.outcome === 'done' && answer.reference === 'ref' ? done(`ref:${op.id}`) : answer;
    return this.take(settleOp(this.aggregate, this.context, op.id, given));
  }

  /** The sum of an account over all journals. */
  balance(account: string): number {
    const lines = this.journals.flatMap((journal) => journal.lines);
    return lines.filter((line) => line.account === account).reduce((sum, { amount }) => sum + amount, 0);
  }
}
