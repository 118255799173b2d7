import type { Call } from '../history.ts';
import type { Model } from '../model.ts';

// A trip as its sides see it.
//
//   absent → requested → accepted → arrived → in_progress → completed
//                 └──────────┴─────────┴──▶ cancelled     (from in_progress by an administrator only)
//
// Each change adds one to the version. It never changes its driver, and the ends never change their status; a rating adds
// to the version of a completed trip. What its own actor has reached already is answered again with the trip as it is.

/** Where a trip stands. */
export type TripStatus =
  'absent' | 'requested' | 'accepted' | 'arrived' | 'in_progress' | 'completed' | 'cancelled' | 'expired';

/** A trip. */
export interface Trip {
  readonly status: TripStatus;
  readonly version: number;
  readonly driverId: string | null;
  readonly offerId: string | null;
  readonly cancelledBy: string | null;
  readonly ratedBy: readonly string[];
}

/** A trip as a client is told of it. */
export type TripRead = Pick<Trip, 'status' | 'version' | 'driverId'>;

/** Who acts; a driver says which one. */
export interface TripActor {
  readonly by: 'rider' | 'driver' | 'admin';
  readonly driverId?: string;
  /** The version that the client relies on. */
  readonly version?: number;
}

/** The trip after the call, or the code of the refusal. */
export type TripAnswer = TripRead | { readonly refused: string };

/** Calls of a trip. */
export type TripCall =
  | Call<'request' | 'arrive' | 'complete' | 'cancel' | 'rate' | 'read', TripActor, TripAnswer>
  | Call<'start', TripActor & { readonly wrongCode?: boolean }, TripAnswer>
  | Call<'accept', TripActor & { readonly offerId: string }, TripAnswer>;

/** What becomes of a trip: another one, the same one, or a refusal. */
type Outcome = Trip | { readonly refused: string };

const ABSENT: Trip = {
  ...{ status: 'absent', version: 0, driverId: null, offerId: null, cancelledBy: null },
  ratedBy: [],
};
const OPEN: ReadonlySet<TripStatus> = new Set(['requested', 'accepted', 'arrived', 'in_progress']);
const ASSIGNED: ReadonlySet<TripStatus> = new Set(['accepted', 'arrived', 'in_progress']);
const NOT_ALLOWED = { refused: 'TRIP_TRANSITION_NOT_ALLOWED' } as const;
const NOT_FOUND = { refused: 'TRIP_NOT_FOUND' } as const;

/** Where trips begin, and what happens to them unseen. */
export interface TripModelOptions {
  readonly initial?: Partial<Trip>;
  readonly endsBySystem?: boolean;
}

/**
 * One trip. With `endsBySystem` it may expire or be cancelled by the platform, unseen: where a deadline can pass or a
 * payment can fail.
 */
export function makeTripModel(options: TripModelOptions = {}): Model<Trip, TripCall> {
  const { endsBySystem = false, initial } = options;
  return {
    name: 'trip',
    operations: ['request', 'accept', 'arrive', 'start', 'complete', 'cancel', 'rate', 'read'],
    initial: () => ({ ...ABSENT, ...initial }),
    identify: (trip) => Object.values(trip).join(' '),
    describe: ({ cancelledBy, driverId, status, version }) =>
      `${status} at version ${String(version)}` +
      (driverId === null ? '' : `, driver ${driverId}`) +
      (cancelledBy === null ? '' : `, cancelled by ${cancelledBy}`),
    step: (trip, call) =>
      (endsBySystem ? withSystemEnds(trip) : [trip]).flatMap((possible) => stepTrip(possible, call) ?? []),
    observes: ({ answer, operation }) => operation === 'read' || (answer !== undefined && 'refused' in answer),
  };
}

function withSystemEnds(trip: Trip): Trip[] {
  const ends = [trip];
  if (trip.status === 'requested') ends.push(after(trip, { status: 'expired' }));
  if (OPEN.has(trip.status) && trip.status !== 'in_progress') {
    ends.push(after(trip, { status: 'cancelled', cancelledBy: 'system' }));
  }
  return ends;
}

function after(trip: Trip, change: Partial<Trip>): Trip {
  return { ...trip, ...change, version: trip.version + 1 };
}

function stepTrip(trip: Trip, call: TripCall): Trip | undefined {
  const outcome = outcomeOf(trip, call);
  const { answer } = call;
  if (answer === undefined) return 'refused' in outcome ? undefined : outcome;
  if ('refused' in answer) {
    // the offer may be over, which the trip does not know
    const isOfferGone = call.operation === 'accept' && answer.refused === 'OFFER_NOT_AVAILABLE' && outcome !== trip;
    return isOfferGone || ('refused' in outcome && outcome.refused === answer.refused) ? trip : undefined;
  }
  if ('refused' in outcome) return undefined;
  const told = answer.status === outcome.status && answer.version === outcome.version;
  return told && answer.driverId === outcome.driverId ? outcome : undefined;
}

function outcomeOf(trip: Trip, call: TripCall): Outcome {
  const { input, operation } = call;
  if (operation === 'request') return trip.status === 'absent' ? after(trip, { status: 'requested' }) : trip;
  const outcome = operation === 'accept' ? accept(trip, call.input) : decide(trip, call);
  if (outcome === trip || input.version === undefined || input.version === trip.version) return outcome;
  return outcome === NOT_FOUND ? outcome : { refused: 'TRIP_VERSION_CONFLICT' };
}

function accept(trip: Trip, { offerId, ...actor }: TripActor & { readonly offerId: string }): Outcome {
  const driverId = actor.driverId ?? null;
  if (trip.status === 'requested') return after(trip, { status: 'accepted', driverId, offerId });
  const held = ASSIGNED.has(trip.status) && trip.driverId === driverId && trip.offerId === offerId;
  return held ? trip : { refused: 'OFFER_NOT_AVAILABLE' };
}

function decide(trip: Trip, call: Exclude<TripCall, { operation: 'accept' }>): Outcome {
  const { by, driverId } = call.input;
  const isStranger = by === 'driver' && (trip.driverId === null || trip.driverId !== driverId);
  if (trip.status === 'absent' || isStranger) return NOT_FOUND;
  switch (call.operation) {
    case 'arrive':
      return advance(trip, by, 'accepted', 'arrived');
    case 'start': {
      const wrong = trip.status === 'arrived' && by === 'driver' && call.input.wrongCode === true;
      return wrong ? { refused: 'START_CODE_WRONG' } : advance(trip, by, 'arrived', 'in_progress');
    }
    case 'complete':
      return advance(trip, by, 'in_progress', 'completed');
    case 'cancel':
      return cancel(trip, by);
    case 'rate':
      if (trip.status !== 'completed') return { refused: 'TRIP_NOT_COMPLETED' };
      return trip.ratedBy.includes(by)
        ? { refused: 'RATING_EXISTS' }
        : after(trip, { ratedBy: [...trip.ratedBy, by].sort() });
    case 'read':
    case 'request':
      return trip;
  }
}

function advance(trip: Trip, by: string, from: TripStatus, to: TripStatus): Outcome {
  if (by !== 'driver') return NOT_ALLOWED;
  if (trip.status === to) return trip;
  return trip.status === from ? after(trip, { status: to }) : NOT_ALLOWED;
}

function cancel(trip: Trip, by: string): Outcome {
  if (trip.status === 'cancelled' && trip.cancelledBy === by) return trip;
  if (!OPEN.has(trip.status) || (trip.status === 'in_progress' && by !== 'admin')) return NOT_ALLOWED;
  return after(trip, { status: 'cancelled', cancelledBy: by });
}
