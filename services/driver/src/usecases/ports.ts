import type { Operation } from '@rideshare/kernel';
import type { Driver, DriverEvent, NumberTrace, ReviewOutcome, Vehicle, VehicleClass } from '../domain/driver.ts';
import type { Verification } from '../domain/documents.ts';
import type { Tally } from '../domain/performance.ts';
import type { ReportedPoint } from '../domain/positions.ts';
import type {
  OfferSnapshot,
  Position,
  ReservationRefusal,
  Slot,
  SlotChange,
  SlotChangeReason,
  SlotState,
  StatusDecision,
} from '../domain/slot.ts';

/** A driver as people and administrators see one: the profile with what other aggregates say about them. */
export interface DriverView {
  readonly driver: Driver;
  readonly verification: Verification;
  readonly status: SlotState;
  readonly rating: number | null;
}

/** A new profile. */
export interface Registration {
  readonly driverId: string;
  readonly license: NumberTrace;
  readonly vehicle: Vehicle;
}

/** Where a page of drivers begins: after this one. */
export interface DriverPageStart {
  readonly registeredAt: string;
  readonly driverId: string;
}

/** Profiles and documents. */
export interface DriverStore {
  /**
   * Writes the profile, its empty slot and the event.
   *
   * @throws `DRIVER_EXISTS`.
   */
  register(operation: Operation<DriverView>, registration: Registration): Promise<DriverView>;
  /**
   * Appends what `decide` makes of the locked profile, with what follows for its slot.
   *
   * @throws `DRIVER_NOT_FOUND`, and whatever `decide` throws.
   */
  change<Result>(
    operation: Operation<Result>,
    driverId: string,
    decide: (driver: Driver) => { readonly events: readonly DriverEvent[]; readonly reviewedBy?: string },
    toResult: (driver: Driver) => Result,
  ): Promise<Result>;
  exists(driverId: string): Promise<boolean>;
  find(driverId: string): Promise<DriverView | undefined>;
  /** Whether `riderId` was, or is being, driven by the driver. */
  isDriverOf(driverId: string, riderId: string): Promise<boolean>;
  list(query: {
    readonly verification: Verification | undefined;
    readonly after: DriverPageStart | undefined;
    readonly limit: number;
  }): Promise<DriverView[]>;
  /** Drivers with an approved document whose last day is before `day`. */
  withLapsedDocuments(day: string, limit: number): Promise<string[]>;
}

/** One wish of a dispatcher. */
export interface Reservation extends Omit<OfferSnapshot, 'expiresAt'> {
  readonly driverId: string;
  readonly riderId: string;
  readonly ttlMs: number;
}

/** What became of a reservation. */
export type Verdict =
  | { readonly offerId: string; readonly outcome: 'reserved'; readonly epoch: number; readonly expiresAt: Date }
  | { readonly offerId: string; readonly outcome: 'refused'; readonly reason: ReservationRefusal };

/** The parties of an offer. */
export interface OfferKey {
  readonly driverId: string;
  readonly tripId: string;
  readonly offerId: string;
}

/** An assignment as it was read, with the epoch that fences what is decided on it. */
export interface Assignment extends OfferKey {
  readonly epoch: number;
}

/**
 * The slots. Every change of a state is one transaction with its offer and its event.
 *
 * @remarks Each method first takes the row locks and decides in a second statement, because a statement that waited for a
 * lock has looked at the clock before it got it.
 */
export interface SlotStore {
  /** One verdict per item, in the items' order; never waits for another transaction. */
  reserve(operation: Operation<Verdict[]>, items: readonly Reservation[]): Promise<Verdict[]>;
  /** The epoch of the assignment, the same one again on a repeat; `undefined`: refused. */
  confirm(operation: Operation<number | undefined>, offer: OfferKey): Promise<number | undefined>;
  /** Whether the offer is declined: now, or by an earlier call. */
  decline(operation: Operation<boolean>, offer: OfferKey): Promise<boolean>;
  /** Frees a slot whose trip refused the assignment; false when the slot has moved on. */
  release(operation: Operation<boolean>, assignment: Omit<Assignment, 'offerId'>): Promise<boolean>;
  /** Frees whatever slot an ended trip still has. */
  clear(operation: Operation, tripId: string): Promise<boolean>;
  /**
   * Carries out what `decide` makes of the locked slot.
   *
   * @throws `DRIVER_NOT_FOUND`, and the error of a refusal.
   */
  setStatus(operation: Operation<Slot>, driverId: string, decide: (slot: Slot) => StatusDecision): Promise<Slot>;
  /** Keeps the standing of an account, and takes a suspended driver offline, or has it done when the trip ends. */
  setStanding(
    operation: Operation,
    userId: string,
    standing: { readonly suspended: boolean; readonly deactivated: boolean },
  ): Promise<void>;
  /** Marks an assignment as held by its trip; false when the slot has moved on. */
  settle(operation: Operation, assignment: OfferKey): Promise<boolean>;
  /** Ends offers whose time is up; how many. */
  expireOffers(operation: Operation, limit: number): Promise<number>;
  /**
   * Hands out assignments that nobody has asked the trip service about lately; each is handed out once per `againMs`.
   * `unsettled` older than `olderThanMs`, or settled ones.
   */
  claimAssignments(
    kind: 'unsettled' | 'settled',
    bounds: { readonly olderThanMs: number; readonly againMs: number; readonly limit: number },
  ): Promise<Assignment[]>;
  /** The open offer of a driver. */
  openOffer(driverId: string): Promise<OfferSnapshot | undefined>;
  /** How many drivers are not offline. */
  countOnline(): Promise<number>;
}

/** A slot as the in-process index needs it. */
export interface FleetSlot {
  readonly driverId: string;
  readonly state: SlotState;
  readonly epoch: number;
  readonly vehicleClass: VehicleClass;
  readonly position: Position | null;
}

/** A position to be written. */
export interface PositionUpdate extends ReportedPoint {
  readonly driverId: string;
}

/** A position that was written, with what it is published with. */
export interface SavedPosition extends PositionUpdate {
  readonly state: SlotState;
  readonly tripId: string | null;
  readonly vehicleClass: VehicleClass;
}

/** Last positions, and what the index is filled with at start. */
export interface PositionStore {
  /** Writes those that are newer than what is stored, and returns them. */
  save(updates: readonly PositionUpdate[]): Promise<SavedPosition[]>;
  /** When the driver was last seen: `null` never, `undefined` no such driver. */
  lastSeen(driverId: string): Promise<Date | null | undefined>;
  /** Slots that are not offline, with positions. */
  fleet(): Promise<FleetSlot[]>;
}

/** Tells the rest of the platform where drivers are; may lose what it is given. */
export interface LocationPublisher {
  publish(positions: readonly SavedPosition[]): Promise<void>;
}

/** What a driver has done; writes join the transaction of the event they come from. */
export interface PerformanceStore {
  read(driverId: string): Promise<Tally | undefined>;
  countTrip(
    operation: Operation,
    driverId: string,
    outcome: 'completed' | 'cancelled' | 'cancelled_by_driver',
  ): Promise<void>;
  countStars(operation: Operation, driverId: string, stars: number): Promise<void>;
  addEarnings(
    operation: Operation,
    driverId: string,
    earnings: { readonly amount: number; readonly currency: string },
  ): Promise<void>;
  /** Remembers that the rider may see the driver. */
  rememberRider(
    operation: Operation,
    parties: { readonly driverId: string; readonly riderId: string; readonly tripId: string },
  ): Promise<void>;
}

/** Everything that the service keeps. */
export interface Stores {
  readonly drivers: DriverStore;
  readonly slots: SlotStore;
  readonly positions: PositionStore;
  readonly performance: PerformanceStore;
}

/** Called with every change of a slot once it is durable. */
export type OnSlotChanged = (change: SlotChange) => void;

/** The user service. */
export interface Accounts {
  /**
   * Makes the person a driver; a repeat changes nothing.
   *
   * @throws `USER_NOT_FOUND`, `UPSTREAM_AMBIGUOUS`.
   */
  grantDriverRole(userId: string, idempotencyKey: string): Promise<void>;
}

/** The trip service. */
export interface Trips {
  /**
   * Rolls an assignment forward. Both answers are final.
   *
   * @throws `UPSTREAM_AMBIGUOUS`: nothing may be freed.
   */
  assign(assignment: Assignment): Promise<'held' | 'refused'>;
  /**
   * Whether the trip still goes on; `unknown` for an id that is no trip.
   *
   * @throws `UPSTREAM_AMBIGUOUS`.
   */
  standing(tripId: string): Promise<'active' | 'ended' | 'unknown'>;
}

/** Turns an identifying number into what is kept of it. */
export interface NumberTraces {
  trace(number: string): NumberTrace;
}

/** Begins an operation of the service's own, for sweeps. */
export type BeginOperation = () => Operation;

/** What operators are told. */
export interface Signals {
  slotChanged(reason: SlotChangeReason): void;
  reservationsJudged(verdicts: readonly Verdict[]): void;
  documentReviewed(outcome: ReviewOutcome): void;
  pointsReported(counts: { readonly accepted: number; readonly ignored: number }): void;
  assignmentSwept(outcome: 'held' | 'released' | 'cleared' | 'active' | 'moved_on' | 'ambiguous'): void;
  /** A step of a loop failed and will be tried again. */
  failed(step: string, error: Error): void;
}
