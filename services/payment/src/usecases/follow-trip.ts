import type { Money, Operation } from '@rideshare/kernel';
import { setGoal } from '../domain/set-goal.ts';
import type { Wish } from '../domain/set-goal.ts';
import { sharesOfCharge } from '../domain/shares.ts';
import type { Charge } from '../domain/shares.ts';
import type { PaymentStore, Signals } from './ports.ts';

/** What following a trip needs. */
export interface FollowTripDeps {
  readonly payments: Pick<PaymentStore, 'change'>;
  readonly signals: Pick<Signals, 'trace'>;
}

/** The trip and what was heard of it. */
export interface TripNews {
  readonly tripId: string;
  readonly riderId: string;
  /** `null`: cash. */
  readonly methodId: string | null;
  /** The id of the event, request or sweep that brought the news. */
  readonly causeId: string;
}

/** Whether the news changed anything. */
export type Effect = 'applied' | 'skipped';

// ISO 4217's code for "no currency": of a trip that expired nothing but the end may be known
const NO_CURRENCY = 'XXX';

function follow(
  deps: FollowTripDeps,
  operation: Operation,
  news: TripNews,
  currency: string,
  wish: Wish,
): Promise<Effect> {
  const trip = { ...news, currency, trace: deps.signals.trace() };
  return deps.payments.change<Effect>(operation, { tripId: news.tripId }, (found, context) => {
    const decision = setGoal(found, context, trip, wish);
    return { decision, result: decision ? 'applied' : 'skipped' };
  });
}

/** A ride was asked for: its fare is to be held. */
export function holdFare(
  deps: FollowTripDeps,
  operation: Operation,
  news: TripNews & { readonly fare: Money },
): Promise<Effect> {
  return follow(deps, operation, news, news.fare.currency, { goal: 'hold', amount: news.fare.amount });
}

/** A ride is over: its total is to be taken. */
export function captureFare(
  deps: FollowTripDeps,
  operation: Operation,
  news: TripNews & { readonly charge: Charge },
): Promise<Effect> {
  const { total, driverId } = news.charge;
  return follow(deps, operation, news, total.currency, {
    goal: 'capture',
    kind: 'fare',
    amount: total.amount,
    driverId,
    shares: sharesOfCharge(news.charge),
  });
}

/** A ride was cancelled: the fee, if there is one, is to be taken; otherwise the hold is to be let go. */
export function chargeCancellation(
  deps: FollowTripDeps,
  operation: Operation,
  news: TripNews & {
    readonly fee: Money;
    readonly driverId: string | null;
    readonly basis: { readonly policyVersion: string } | { readonly tariffVersion: string; readonly at: Date };
  },
): Promise<Effect> {
  const { fee, driverId, basis } = news;
  if (fee.amount <= 0) return follow(deps, operation, news, fee.currency, { goal: 'void' });
  const lines = [{ kind: 'cancellation_fee' as const, amount: fee }];
  return follow(deps, operation, news, fee.currency, {
    goal: 'capture',
    kind: 'cancellation_fee',
    amount: fee.amount,
    driverId,
    shares: sharesOfCharge({ total: fee, lines, driverId, ...basis }),
  });
}

/** No driver was found: the hold is to be let go. */
export function voidHold(deps: FollowTripDeps, operation: Operation, news: TripNews): Promise<Effect> {
  return follow(deps, operation, news, NO_CURRENCY, { goal: 'void' });
}
