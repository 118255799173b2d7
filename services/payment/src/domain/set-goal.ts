import { advance } from './advance.ts';
import { draftOf } from './draft.ts';
import type { ChargeKind, Decision, DecisionContext, Aggregate, Payment, Shares } from './payment.ts';
import { NO_SHARES } from './shares.ts';

/** The trip a payment is for, and why it is looked at. */
export interface TripFacts {
  readonly tripId: string;
  readonly riderId: string;
  readonly methodId: string | null;
  readonly currency: string;
  readonly causeId: string;
  readonly trace: Readonly<Record<string, string>>;
}

/** What the trip asks of its payment. */
export type Wish =
  | { readonly goal: 'hold'; readonly amount: number }
  | {
      readonly goal: 'capture';
      readonly amount: number;
      readonly kind: ChargeKind;
      readonly driverId: string | null;
      readonly shares: Shares;
    }
  | { readonly goal: 'void' };

function newPayment(trip: TripFacts, wish: Wish, id: string): Payment {
  return {
    id,
    tripId: trip.tripId,
    riderId: trip.riderId,
    driverId: null,
    kind: 'fare',
    methodId: trip.methodId,
    status: 'pending',
    goal: 'hold',
    currency: trip.currency,
    goalAmount: wish.goal === 'hold' ? wish.amount : 0,
    authorized: 0,
    captured: 0,
    refundReserved: 0,
    refunded: 0,
    outstanding: 0,
    shares: NO_SHARES,
    booked: NO_SHARES,
    returned: NO_SHARES,
    version: 0,
    causeId: trip.causeId,
    trace: trip.trace,
  };
}

/** A cash fare was never held, and a fee for a ride that did not happen has nobody to collect it. */
function effective(trip: TripFacts, wish: Wish): Wish {
  if (wish.goal !== 'capture') return wish;
  const uncollectable = trip.methodId === null && (wish.kind === 'cancellation_fee' || wish.driverId === null);
  return wish.amount === 0 || uncollectable ? { goal: 'void' } : wish;
}

/**
 * Brings a trip's wish to its payment: opens it where there is none, and ends the goal `hold`, once.
 *
 * @returns `null` when the payment has its goal already, or is open already: a repeat changes nothing.
 */
export function setGoal(
  found: Aggregate | null,
  context: DecisionContext,
  trip: TripFacts,
  wish: Wish,
): Decision | null {
  if (found && (wish.goal === 'hold' || found.payment.goal !== 'hold')) return null;
  const payment = found?.payment ?? newPayment(trip, wish, context.id('payment'));
  const draft = draftOf({ ops: [], refunds: [], debts: [], ...found, payment }, context);
  const next = effective({ ...trip, methodId: payment.methodId }, wish);
  if (next.goal !== 'hold') draft.update({ goal: next.goal, causeId: trip.causeId, trace: trip.trace });
  if (next.goal === 'capture') {
    draft.update({ goalAmount: next.amount, kind: next.kind, driverId: next.driverId, shares: next.shares });
  }
  advance(draft);
  return draft.decision();
}
