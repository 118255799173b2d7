import type { Transaction } from '@rideshare/kernel';
import { assert } from '@rideshare/kernel';
import { fold } from '../domain/evolve.ts';
import type { TripEvent } from '../domain/trip-events.ts';
import { deadlineOf, isAssigned, isOpen } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import type { TripAgenda, TripStore, TripViews } from '../usecases/ports.ts';

interface StoredTrip {
  readonly state: TripState;
  readonly events: readonly { readonly eventId: string; readonly event: TripEvent }[];
}

/** Trips in memory, with all promises of the durable store but durability; for tests of what stands on it. */
export interface MemoryTripStore extends TripStore, TripViews, TripAgenda {
  /** The events of a trip, oldest first. */
  eventsOf(tripId: string): readonly TripEvent[];
}

const transaction: Transaction = { kind: 'memory' };

/** An empty store. */
export function createMemoryTripStore(): MemoryTripStore {
  const trips = new Map<string, StoredTrip>();
  const all = (): TripState[] => [...trips.values()].map(({ state }) => state);
  const events = (tripId: string): TripEvent[] => (trips.get(tripId)?.events ?? []).map(({ event }) => event);
  const isOwn = (tripId: string, eventId: string): boolean =>
    trips.get(tripId)?.events.some((stored) => stored.eventId === eventId) ?? false;
  const write = (stored: StoredTrip): void => {
    const { facts } = stored.state;
    trips.set(facts.tripId, stored);
    assert(
      JSON.stringify(fold(events(facts.tripId))) === JSON.stringify(stored.state),
      'a row is the fold of its events',
    );
  };

  return {
    read: (tripId) => Promise.resolve(trips.get(tripId)?.state),
    async create(operation, { eventId, event, to }) {
      const { tripId, riderId } = to.facts;
      if (isOwn(tripId, eventId)) return 'exists';
      if (all().some((trip) => isOpen(trip) && trip.facts.riderId === riderId)) return 'rider_busy';
      await operation.seal(transaction, to);
      write({ state: to, events: [{ eventId, event }] });
      return 'created';
    },
    async step(operation, { eventId, from, event, to }) {
      const stored = trips.get(from.facts.tripId);
      if (isOwn(from.facts.tripId, eventId)) return 'applied';
      if (stored?.state.version !== from.version) return 'moved';
      const driverId = isAssigned(to) ? to.assignment.driverId : undefined;
      const busy = all().some(
        (trip) => isAssigned(trip) && trip.assignment.driverId === driverId && trip.facts.tripId !== to.facts.tripId,
      );
      if (busy) return 'driver_busy';
      await operation.seal(transaction, to);
      write({ state: to, events: [...stored.events, { eventId, event }] });
      return 'applied';
    },
    history(userId, limit, after) {
      const found = all()
        .filter(
          (trip) => trip.facts.riderId === userId || ('assignment' in trip && trip.assignment?.driverId === userId),
        )
        .filter(({ facts }) => !after || keyOf(facts) < keyOf(after))
        .toSorted((a, b) => (keyOf(a.facts) < keyOf(b.facts) ? 1 : -1));
      const page = found.slice(0, limit);
      const last = page.at(-1)?.facts;
      const next = found.length > limit && last ? { requestedAt: last.requestedAt, tripId: last.tripId } : null;
      return Promise.resolve({ trips: page, next });
    },
    openTripOf: (riderId) =>
      Promise.resolve(all().find((trip) => isOpen(trip) && trip.facts.riderId === riderId)?.facts.tripId),
    countOpen: () => Promise.resolve(all().filter(isOpen).length),
    waiting: (limit) =>
      Promise.resolve(
        all()
          .filter(({ status }) => status === 'requested')
          .toSorted((a, b) => (a.facts.requestedAt < b.facts.requestedAt ? -1 : 1))
          .slice(0, limit),
      ),
    due: (at, limit) =>
      Promise.resolve(
        all()
          .filter((trip) => trip.status !== 'in_progress' && isDue(trip, at))
          .toSorted((a, b) => ((deadlineOf(a) ?? '') < (deadlineOf(b) ?? '') ? -1 : 1))
          .slice(0, limit)
          .map(({ facts }) => facts.tripId),
      ),
    countOverdueRides: (at) =>
      Promise.resolve(all().filter((trip) => trip.status === 'in_progress' && isDue(trip, at)).length),
    eventsOf: events,
  };
}

function isDue(trip: TripState, at: string): boolean {
  const deadline = deadlineOf(trip);
  return deadline !== null && deadline <= at;
}

function keyOf({ requestedAt, tripId }: { readonly requestedAt: string; readonly tripId: string }): string {
  return `${requestedAt} ${tripId}`;
}
