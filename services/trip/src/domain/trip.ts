import type { Money } from '@rideshare/kernel';
import type { Point } from '@rideshare/geo';
import type { FareLine, VehicleClass } from '@rideshare/pricing';
import type { Timestamp } from './timestamp.ts';

export type { Point } from '@rideshare/geo';

// The trip, as a fold over its events.
//
//   requested ──▶ accepted ──▶ arrived ──▶ in_progress ──▶ completed
//       │             │           │             │
//       ├─▶ expired   └───────────┴─────────────┴─▶ cancelled   (from in_progress by an operator only)
//       └─▶ cancelled
//
// completed, cancelled and expired never change status again; ratings still raise the version of a completed trip.
// Every event raises the version by exactly one. A trip never changes its driver.

/** Who acts on a trip. `system` is a deadline, a failed payment or a closed account. */
export type Actor = 'rider' | 'driver' | 'admin' | 'system';

/** A side that rates the other one. */
export type RatingSide = 'rider' | 'driver';

/** What one side thought of the other. */
export interface Rating {
  readonly stars: number;
  readonly tags: readonly string[];
  readonly comment: string | null;
}

/** What is fixed when the ride is asked for. The fare recomputes from these members and the tariff they name. */
export interface TripFacts {
  readonly tripId: string;
  readonly riderId: string;
  readonly quoteId: string;
  readonly zone: string;
  readonly pickup: Point;
  readonly destination: Point;
  readonly stops: readonly Point[];
  readonly vehicleClass: VehicleClass;
  readonly distanceM: number;
  readonly durationS: number;
  readonly surgeBasisPoints: number;
  readonly tariffVersion: string;
  readonly policyVersion: string;
  readonly fare: Money;
  readonly breakdown: readonly FareLine[];
  /** `null`: cash. */
  readonly paymentMethodId: string | null;
  readonly requestedAt: Timestamp;
  /** After this no driver is offered the trip. */
  readonly searchUntil: Timestamp;
  /** After this the trip expires even if an offer seems to be open. */
  readonly expiresBy: Timestamp;
  /** W3C trace context of the request, so that whatever happens to the trip later links to it. */
  readonly requestTrace: string | null;
}

/** The driver who took the trip, and the slot that proves it. */
export interface Assignment {
  readonly driverId: string;
  readonly offerId: string;
  readonly slotEpoch: number;
  readonly acceptedAt: Timestamp;
  /** The driver has to be at the pickup by then. */
  readonly arriveBy: Timestamp;
}

interface Versioned {
  readonly facts: TripFacts;
  readonly version: number;
  /** When the latest event happened; the next one is never earlier. */
  readonly changedAt: Timestamp;
}

interface Arrival {
  readonly arrivedAt: Timestamp;
  /** The ride has to begin by then. */
  readonly startBy: Timestamp;
}

interface Departure {
  readonly startedAt: Timestamp;
  /** A ride that lasts longer is looked at by an operator; it never ends by itself. */
  readonly rideBy: Timestamp;
}

export type RequestedTrip = Versioned & { readonly status: 'requested' };
export type AcceptedTrip = Versioned & { readonly status: 'accepted'; readonly assignment: Assignment };
export type ArrivedTrip = Versioned & { readonly status: 'arrived'; readonly assignment: Assignment } & Arrival;
export type RidingTrip = Versioned & { readonly status: 'in_progress'; readonly assignment: Assignment } & Arrival &
  Departure;
export type CompletedTrip = Versioned & { readonly status: 'completed'; readonly assignment: Assignment } & Arrival &
  Departure & {
    readonly completedAt: Timestamp;
    /** The quote's lines and what was added to them by name; they sum to `total`. */
    readonly lines: readonly FareLine[];
    readonly total: Money;
    readonly ratings: Readonly<Partial<Record<RatingSide, Rating>>>;
  };
export type CancelledTrip = Versioned & {
  readonly status: 'cancelled';
  readonly from: OpenStatus;
  readonly assignment: Assignment | null;
  readonly arrival: Arrival | null;
  readonly departure: Departure | null;
  readonly cancelledAt: Timestamp;
  readonly cancelledBy: Actor;
  readonly reason: string;
  readonly fee: Money;
};
export type ExpiredTrip = Versioned & { readonly status: 'expired'; readonly expiredAt: Timestamp };

/** A trip that goes on. */
export type OpenTrip = RequestedTrip | AcceptedTrip | ArrivedTrip | RidingTrip;
/** A trip that has a driver and goes on. */
export type AssignedTrip = AcceptedTrip | ArrivedTrip | RidingTrip;
/** A trip, wherever it stands. */
export type TripState = OpenTrip | CompletedTrip | CancelledTrip | ExpiredTrip;
export type TripStatus = TripState['status'];
export type OpenStatus = OpenTrip['status'];

/** Whether the trip still goes on: it is what the claims of rider and driver are about. */
export function isOpen(state: TripState): state is OpenTrip {
  return state.status !== 'completed' && state.status !== 'cancelled' && state.status !== 'expired';
}

/** Whether a driver is on the trip right now. */
export function isAssigned(state: TripState): state is AssignedTrip {
  return state.status === 'accepted' || state.status === 'arrived' || state.status === 'in_progress';
}

/** The driver's assignment, of a trip that has or had one. */
export function assignmentOf(state: TripState): Assignment | null {
  return 'assignment' in state ? state.assignment : null;
}

/** The side of the trip that this person is on, if any. */
export function sideOf(state: TripState, userId: string): RatingSide | null {
  if (state.facts.riderId === userId) return 'rider';
  return assignmentOf(state)?.driverId === userId ? 'driver' : null;
}

/** When the state that the trip is in runs out; `null` for the ends. */
export function deadlineOf(state: TripState): Timestamp | null {
  switch (state.status) {
    case 'requested':
      return state.facts.expiresBy;
    case 'accepted':
      return state.assignment.arriveBy;
    case 'arrived':
      return state.startBy;
    case 'in_progress':
      return state.rideBy;
    case 'completed':
    case 'cancelled':
    case 'expired':
      return null;
  }
}
