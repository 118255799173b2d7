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

/** The pool of waiting trips. */
export interface Pool extends DispatchNudges {
  readonly size: number;
  get(tripId: string): WaitingTrip | undefined;
  all(): readonly WaitingTrip[];
  /** Begins a comparison with the rows; `finish` takes what was read since then. */
  beginSync(): { finish(waiting: readonly TripState[], isAll: boolean): void };
  clear(): void;
  /** Notes an offer that this process or another one has made. */
  offered(tripId: string, offer: OpenOffer): void;
  /** Notes the end of an offer, if it is the one that is out. */
  offerEnded(offer: OfferRef, how: 'declined' | 'ignored' | 'withdrawn', askAgainAt: Timestamp): void;
}

/** An empty pool. */
export function createPool(): Pool {
  const trips = new Map<string, WaitingTrip>();
  // trips that came or left while rows were being read: what was read may be older than that
  let syncing: { readonly came: Set<string>; readonly left: Set<string> } | undefined;

  const add = (facts: TripFacts): void => {
    if (trips.has(facts.tripId)) return;
    trips.set(facts.tripId, {
      facts,
      earnings: earningsOf(facts),
      offer: null,
      heldUntil: null,
      wasOffered: false,
      declinedBy: new Set(),
      ignoredBy: new Map(),
    });
  };
  const end = (offer: OfferRef): WaitingTrip | undefined => {
    const trip = trips.get(offer.tripId);
    if (trip?.offer?.offerId !== offer.offerId) return undefined;
    trip.offer = null;
    return trip;
  };

  return {
    get size() {
      return trips.size;
    },
    get: (tripId) => trips.get(tripId),
    all: () => [...trips.values()],
    requested({ facts }) {
      add(facts);
      syncing?.came.add(facts.tripId);
    },
    left(tripId) {
      trips.delete(tripId);
      syncing?.left.add(tripId);
    },
    offerDeclined(offer) {
      trips.get(offer.tripId)?.declinedBy.add(offer.driverId);
      end(offer);
    },
    beginSync() {
      const sync = { came: new Set<string>(), left: new Set<string>() };
      syncing = sync;
      return {
        finish(waiting, isAll) {
          if (syncing === sync) syncing = undefined;
          for (const { facts } of waiting) if (!sync.left.has(facts.tripId)) add(facts);
          if (!isAll) return;
          const present = new Set(waiting.map(({ facts }) => facts.tripId));
          for (const tripId of trips.keys()) {
            if (!present.has(tripId) && !sync.came.has(tripId)) trips.delete(tripId);
          }
        },
      };
    },
    clear: () => trips.clear(),
    offered(tripId, offer) {
      const trip = trips.get(tripId);
      if (trip) Object.assign(trip, { offer, wasOffered: true });
    },
    offerEnded(offer, how, askAgainAt) {
      if (how === 'declined') trips.get(offer.tripId)?.declinedBy.add(offer.driverId);
      const trip = end(offer);
      if (trip && how === 'ignored') trip.ignoredBy.set(offer.driverId, askAgainAt);
    },
  };
}
