import type { Money } from '@rideshare/kernel';
import { earningsOf } from '../../domain/fares.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { TripFacts, TripState } from '../../domain/trip.ts';
import type { DispatchNudges, OfferRef } from '../ports.ts';

// The trips that wait for a driver, in the memory of the dispatcher.
//
// The rows of the trips are the truth. The pool is filled from them when a process becomes the dispatcher and compared
// with them every second; what use cases and events tell in between only makes it quicker. Each trip is free (to be
// offered in the next window) or has an offer out.

/** An offer that some driver is thinking about. */
export interface OpenOffer {
  readonly offerId: string;
  readonly driverId: string;
  readonly expiresAt: Timestamp;
}

/** A trip that waits. */
export interface WaitingTrip {
  readonly facts: TripFacts;
  readonly earnings: Money;
  offer: OpenOffer | null;
  /** Not offered before that: its slot is taken for a reason that is about to be told. */
  heldUntil: Timestamp | null;
  wasOffered: boolean;
  /** Who turned it down. */
  readonly declinedBy: Set<string>;
  /** Who let an offer lapse, and when they may be asked again. */
  readonly ignoredBy: Map<string, Timestamp>;
}

/** A comparison of the pool with the rows, which are read while it goes on. */
export interface PoolSync {
  /** Those of the trips that wait which the pool does not have. */
  missing(waitingIds: readonly string[]): readonly string[];
  /** Takes in the trips that were missing and drops those that no longer wait, if `waitingIds` names all that do. */
  finish(waitingIds: readonly string[], trips: readonly TripState[], isAll: boolean): void;
}

/** The pool of waiting trips. */
export interface Pool extends DispatchNudges {
  readonly size: number;
  get(tripId: string): WaitingTrip | undefined;
  all(): readonly WaitingTrip[];
  /** Begins a comparison with the rows. */
  beginSync(): PoolSync;
  clear(): void;
  /** Notes an offer that this process or another one has made. */
  offered(tripId: string, offer: OpenOffer): void;
  /** Notes the end of an offer, if it is the one that is out. */
  offerEnded(offer: OfferRef, how: 'declined' | 'ignored' | 'withdrawn', askAgainAt: Timestamp): void;
}

/** An empty pool; `onLeave` is told of every trip that no longer waits. */
export function createPool(onLeave: (tripId: string) => void): Pool {
  return new TripPool(onLeave);
}

class TripPool implements Pool {
  readonly #trips = new Map<string, WaitingTrip>();
  readonly #onLeave: (tripId: string) => void;
  // trips that came or left while rows were being read: what was read may be older than that
  #syncing: { readonly came: Set<string>; readonly left: Set<string> } | undefined;

  constructor(onLeave: (tripId: string) => void) {
    this.#onLeave = onLeave;
  }

  get size(): number {
    return this.#trips.size;
  }

  get(tripId: string): WaitingTrip | undefined {
    return this.#trips.get(tripId);
  }

  all(): readonly WaitingTrip[] {
    return [...this.#trips.values()];
  }

  requested({ facts }: TripState): void {
    this.#add(facts);
    this.#syncing?.came.add(facts.tripId);
  }

  left(tripId: string): void {
    this.#remove(tripId);
    this.#syncing?.left.add(tripId);
  }

  offerDeclined(offer: OfferRef): void {
    this.#trips.get(offer.tripId)?.declinedBy.add(offer.driverId);
    this.#end(offer);
  }

  beginSync(): PoolSync {
    const sync = { came: new Set<string>(), left: new Set<string>() };
    this.#syncing = sync;
    return {
      missing: (waitingIds) => waitingIds.filter((tripId) => !this.#trips.has(tripId)),
      finish: (waitingIds, trips, isAll) => {
        if (this.#syncing === sync) this.#syncing = undefined;
        for (const { facts } of trips) if (!sync.left.has(facts.tripId)) this.#add(facts);
        if (!isAll) return;
        const present = new Set(waitingIds);
        for (const tripId of this.#trips.keys()) {
          if (!present.has(tripId) && !sync.came.has(tripId)) this.#remove(tripId);
        }
      },
    };
  }

  clear(): void {
    for (const tripId of this.#trips.keys()) this.#remove(tripId);
  }

  offered(tripId: string, offer: OpenOffer): void {
    const trip = this.#trips.get(tripId);
    // events of two drivers come in any order: of two offers the later one is out
    if (!trip || trip.declinedBy.has(offer.driverId)) return;
    if (trip.offer && trip.offer.expiresAt > offer.expiresAt) return;
    trip.offer = offer;
    trip.wasOffered = true;
  }

  offerEnded(offer: OfferRef, how: 'declined' | 'ignored' | 'withdrawn', askAgainAt: Timestamp): void {
    if (how === 'declined') this.#trips.get(offer.tripId)?.declinedBy.add(offer.driverId);
    const trip = this.#end(offer);
    if (trip && how === 'ignored') trip.ignoredBy.set(offer.driverId, askAgainAt);
  }

  #add(facts: TripFacts): void {
    if (this.#trips.has(facts.tripId)) return;
    this.#trips.set(facts.tripId, {
      facts,
      earnings: earningsOf(facts),
      offer: null,
      heldUntil: null,
      wasOffered: false,
      declinedBy: new Set(),
      ignoredBy: new Map(),
    });
  }

  #remove(tripId: string): void {
    if (this.#trips.delete(tripId)) this.#onLeave(tripId);
  }

  #end(offer: OfferRef): WaitingTrip | undefined {
    const trip = this.#trips.get(offer.tripId);
    if (trip?.offer?.offerId !== offer.offerId) return undefined;
    trip.offer = null;
    return trip;
  }
}
