import type { Operation } from '@rideshare/kernel';
import type { Quote } from '../domain/quote.ts';
import type { Timestamp } from '../domain/timestamp.ts';
import type { TripEvent } from '../domain/trip-events.ts';
import type { Point, TripState, TripStatus } from '../domain/trip.ts';

/** One step of a trip: the state it was decided on, what happens, and the state after it. */
export interface TripStep {
  /** Fixed by the operation, so that a repeated step finds its own event. */
  readonly eventId: string;
  readonly from: TripState;
  readonly event: TripEvent;
  readonly to: TripState;
}

/** A trip as it begins. */
export interface TripCreation {
  readonly eventId: string;
  readonly event: TripEvent;
  readonly to: TripState;
}

/** A page's position in a person's history. */
export interface HistoryPosition {
  readonly requestedAt: Timestamp;
  readonly tripId: string;
}

/** One page, newest first. */
export interface HistoryPage {
  readonly trips: readonly TripState[];
  readonly next: HistoryPosition | null;
}

/**
 * The authority on trips. Every change is one guarded write of the state, its event, its message and the claims of rider
 * and driver: all of them or none.
 */
export interface TripStore {
  /** The decision read: sees every change that was answered before it began. */
  read(tripId: string): Promise<TripState | undefined>;
  /**
   * Begins a trip and claims its rider. `exists`: a trip of this id is there already, an earlier try's. `rider_busy`:
   * another open trip holds the rider.
   *
   * @remarks Seals `operation` with the new state, in the write itself.
   * @throws An error of kind `unavailable` when the outcome stays unknown; the same call may be made again.
   */
  create(operation: Operation<TripState>, creation: TripCreation): Promise<'created' | 'exists' | 'rider_busy'>;
  /**
   * Takes the step if the trip is still at `from.version`, or tells that this very event was written before.
   * `moved`: the trip has another version by now, decide again. `driver_busy`: another trip holds the driver.
   *
   * @remarks Seals `operation` with `to`, in the write itself.
   * @throws An error of kind `unavailable` when the outcome stays unknown; the same call may be made again.
   */
  step(operation: Operation<TripState>, step: TripStep): Promise<'applied' | 'moved' | 'driver_busy'>;
}

/** Reads that decide nothing and may lag by a second. */
export interface TripViews {
  history(userId: string, limit: number, after: HistoryPosition | null): Promise<HistoryPage>;
  /** The trip of the rider that goes on, if any. */
  openTripOf(riderId: string): Promise<string | undefined>;
  countOpen(): Promise<number>;
}

/** The durable index of what waits and what is due; an in-memory pool is rebuilt from it. */
export interface TripAgenda {
  /** Trips that wait for a driver, the oldest first. */
  waitingIds(limit: number): Promise<readonly string[]>;
  /** Those of `tripIds` that still wait. */
  waiting(tripIds: readonly string[]): Promise<readonly TripState[]>;
  /** Trips whose state has run out and that a sweep may end: all but those under way. */
  due(at: Timestamp, limit: number): Promise<readonly string[]>;
  /** How many rides have lasted longer than they should. */
  countOverdueRides(at: Timestamp): Promise<number>;
  /** Those of them that are overdue the longest. */
  overdueRides(at: Timestamp, limit: number): Promise<readonly string[]>;
}

/** Durable quotes. */
export interface QuoteStore {
  /** Repeatable: a quote of the same id is the same quote. Seals `operation` where one is given. */
  save(quote: Quote, operation?: Operation<Quote>): Promise<void>;
  find(quoteId: string): Promise<Quote | undefined>;
}

/** Counts the tries at a start code, across processes and restarts. */
export interface StartCodeAttempts {
  /**
   * Takes one try before the code is looked at, so that tries at once cannot outrun the count. After `limit` tries
   * within `lockMs` the next is refused until `lockMs` after the last one taken.
   */
  take(
    tripId: string,
    limit: number,
    lockMs: number,
  ): Promise<{ readonly allowed: true } | { readonly retryAfterS: number }>;
}

/** The code that a rider shows the driver: four digits that only the holder of the key can compute. */
export interface StartCodes {
  of(tripId: string): string;
}

/** Signs quotes. */
export interface QuoteSeal {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

/** How far and how long from here to there. */
export interface TravelTimes {
  /** Names the model and its version; stored with what was computed from it. */
  readonly model: string;
  estimate(way: readonly Point[]): { readonly distanceM: number; readonly durationS: number };
  seconds(from: Point, to: Point): number;
}

/** The driver service's slots. Every call may be repeated with the same ids. */
export interface Slots {
  /** @throws An error for which {@link Slots.isAmbiguous} holds when no definitive answer came. */
  reserve(offers: readonly SlotOffer[]): Promise<readonly SlotVerdict[]>;
  /** Turns the open offer into an assignment; the epoch of the slot, or `null` when refused. */
  confirm(offer: OfferRef): Promise<{ readonly epoch: number } | null>;
  decline(offer: OfferRef): Promise<'declined' | 'refused'>;
  release(slot: { readonly driverId: string; readonly tripId: string; readonly epoch: number }): Promise<void>;
  /** Whether the effect may have happened all the same; then nothing may be given up. */
  isAmbiguous(error: unknown): boolean;
}

/** One offer, by its three ids. */
export interface OfferRef {
  readonly driverId: string;
  readonly tripId: string;
  readonly offerId: string;
}

/** An offer to be made, with all that the driver is shown. */
export interface SlotOffer extends OfferRef {
  readonly riderId: string;
  readonly ttlMs: number;
  readonly pickup: Point;
  readonly destination: Point;
  readonly fare: TripState['facts']['fare'];
  readonly earnings: TripState['facts']['fare'];
  readonly pickupEtaS: number;
}

/** What became of one offer of a batch. */
export type SlotVerdict =
  | { readonly offerId: string; readonly outcome: 'reserved'; readonly epoch: number; readonly expiresAt: Timestamp }
  | { readonly offerId: string; readonly outcome: 'refused'; readonly reason: string };

/** What the payment service says about a rider who asks for a ride. */
export interface RiderStandings {
  of(
    riderId: string,
    methodId: string | undefined,
  ): Promise<{
    readonly owes: boolean;
    readonly methodFound: boolean;
    /** `null`: cash. */
    readonly paymentMethodId: string | null;
  }>;
}

/** An offer that the dispatcher made, kept for the explanation and for the driver's deadline. */
export interface OfferRecord extends OfferRef {
  readonly pickupEtaS: number;
  readonly madeAt: Timestamp;
}

/** An offer that a driver may be thinking about. */
export interface OpenOfferRecord extends OfferRef {
  readonly expiresAt: Timestamp;
}

/** Why a driver did not get a trip: the latest verdict of one gate, and how often it was given. */
export interface VerdictRecord {
  readonly tripId: string;
  /** `null`: several drivers together, beyond what is kept one by one. */
  readonly driverId: string | null;
  readonly gate: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly times: number;
  readonly firstAt: Timestamp;
  readonly lastAt: Timestamp;
}

/** The dispatcher's memory of its decisions. */
export interface DispatchRecords {
  /** Written before the offers go out, so that whoever finds one accepted knows its way to the pickup. */
  planOffers(offers: readonly OfferRecord[]): Promise<void>;
  settleOffers(verdicts: readonly SlotVerdict[]): Promise<void>;
  /** Offers of `tripIds` that were reserved and have not run out; one that was answered since may be among them. */
  openOffers(tripIds: readonly string[]): Promise<readonly OpenOfferRecord[]>;
  findOffer(offerId: string): Promise<OfferRecord | undefined>;
  /** Adds `times` to what is there and keeps the newer `detail`. */
  saveVerdicts(verdicts: readonly VerdictRecord[]): Promise<void>;
}

/** One line of a trip's flight recorder. */
export interface TimelineEntry {
  readonly at: Timestamp;
  readonly kind: 'state' | 'dispatch' | 'slot' | 'payment' | 'ledger' | 'notification';
  readonly type: string;
  readonly eventId: string | null;
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly traceId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The flight recorder: what happened to a trip, in every service. */
export interface Timeline {
  /** Repeatable: an entry of an event and type is written once. Joins the operation's transaction. */
  record(operation: Pick<Operation, 'transaction'>, tripId: string, entries: readonly TimelineEntry[]): Promise<void>;
  /** Oldest first. */
  of(tripId: string): Promise<readonly TimelineEntry[]>;
}

/** What the use cases tell the dispatcher of their own process; the durable index is the truth. */
export interface DispatchNudges {
  requested(trip: TripState): void;
  left(tripId: string): void;
  offerDeclined(offer: OfferRef): void;
}

/** What is known of drivers' whereabouts in this process. */
export interface FleetView {
  /** Seconds until the nearest free driver of each class could be there; none for a class without one. */
  pickupEtasS(pickup: Point, at: Timestamp): Readonly<Partial<Record<string, number>>>;
  position(driverId: string): { readonly point: Point; readonly recordedAt: Timestamp } | null;
}

/** The trip, to whoever traces what is done about it. */
export type TracedTrip = Pick<TripState['facts'], 'tripId' | 'requestTrace'>;

/** Spans of trips: each carries the trip's id. */
export interface TripTraces {
  /** The W3C context of the present span, to be kept with the trip that it requests. */
  current(): string | null;
  /** A span of the present trace that links to the trace of the trip's request. */
  step<Result>(name: string, trip: TracedTrip, work: () => Promise<Result>): Promise<Result>;
  /** A span of the request's own trace. */
  underRequest<Result>(name: string, trip: TracedTrip, work: () => Promise<Result>): Promise<Result>;
  /** A trace of its own that links to every request. */
  batch<Result>(name: string, trips: readonly TracedTrip[], work: () => Promise<Result>): Promise<Result>;
}

/** Makes operations for work that no request and no event asked for. */
export interface Operations {
  fresh<Result>(): Operation<Result>;
}

/** The right to dispatch, which one process has at a time. Never a guard: two at once are harmless. */
export interface Leadership {
  /** Takes or renews it; false while another process has it. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

/** Upkeep of what nobody needs any more. */
export interface Housekeeping {
  /** Removes outdated rows of every kind; how many of each. */
  purge(): Promise<Readonly<Record<string, number>>>;
}

/** What the business did, for metrics and logs. Never throws. */
export interface Signals {
  tripChanged(trip: TripState, previous: TripStatus | null): void;
  requestRefused(code: string): void;
  startCodeLocked(tripId: string): void;
  dispatchWindow(window: {
    readonly waiting: number;
    readonly drivers: number;
    readonly offered: number;
    readonly durationMs: number;
  }): void;
  offersSettled(outcome: string, count: number): void;
  verdicts(gate: string, count: number): void;
  /** From the request to the first offer. */
  firstOffer(waitMs: number): void;
  dispatchFailed(step: string, error: Error): void;
  deadlineSwept(outcome: 'ended' | 'unchanged' | 'failed'): void;
  /** `tripIds` are those that are overdue the longest. */
  overdueRides(count: number, tripIds: readonly string[]): void;
}
