import { assert, canonicalJson } from '@rideshare/kernel';
import type { Operation, Transaction } from '@rideshare/kernel';
import { fold } from '../domain/evolve.ts';
import type { TripEvent } from '../domain/trip-events.ts';
import { assignmentOf, deadlineOf, isAssigned, isOpen } from '../domain/trip.ts';
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
  const eventsOf = (tripId: string): TripEvent[] => (trips.get(tripId)?.events ?? []).map(({ event }) => event);
  const isOwn = (tripId: string, eventId: string): boolean =>
    trips.get(tripId)?.events.some((stored) => stored.eventId === eventId) ?? false;

  /** A seal that is refused undoes the write. */
  const write = async (operation: Operation<TripState>, stored: StoredTrip): Promise<void> => {
    const { tripId } = stored.state.facts;
    const before = trips.get(tripId);
    trips.set(tripId, stored);
    assert(canonicalJson(fold(eventsOf(tripId))) === canonicalJson(stored.state), 'a trip is the fold of its events');
    try {
      await operation.seal(transaction, stored.state);
    } catch (error) {
      if (before) trips.set(tripId, before);
      else trips.delete(tripId);
      throw error;
    }
  };

  return {
    ...memoryViews(all),
    eventsOf,
    read: (tripId) => Promise.resolve(trips.get(tripId)?.state),
    async create(operation, { eventId, event, to }) {
      const { tripId, riderId } = to.facts;
      if (isOwn(tripId, eventId)) return 'exists';
      if (all().some((trip) => isOpen(trip) && trip.facts.riderId === riderId)) return 'rider_busy';
      await write(operation, { state: to, events: [{ eventId, event }] });
      return 'created';
    },
    async step(operation, { eventId, from, event, to }) {
      const { tripId } = to.facts;
      const stored = trips.get(tripId);
      if (isOwn(tripId, eventId)) return 'applied';
      if (stored?.state.version !== from.version) return 'moved';
      if (isAssigned(to) && all().some((trip) => holds(trip, to.assignment.driverId) && trip.facts.tripId !== tripId)) {
        return 'driver_busy';
      }
      await write(operation, { state: to, events: [...stored.events, { eventId, event }] });
      return 'applied';
    },
  };
}

function holds(trip: TripState, driverId: string): boolean {
  return isAssigned(trip) && trip.assignment.driverId === driverId;
}

function memoryViews(all: () => TripState[]): TripViews & TripAgenda {
  const longestDueFirst = (at: string, isOf: (status: TripState['status']) => boolean): string[] =>
    all()
      .filter(({ status }) => isOf(status))
      .map((trip) => ({ tripId: trip.facts.tripId, deadline: deadlineOf(trip) ?? '' }))
      .filter(({ deadline }) => deadline !== '' && deadline <= at)
      .toSorted((a, b) => (a.deadline < b.deadline ? -1 : 1))
      .map(({ tripId }) => tripId);
  const overdue = (at: string): string[] => longestDueFirst(at, (status) => status === 'in_progress');
  return {
    history(userId, limit, after) {
      const found = all()
        .filter((trip) => trip.facts.riderId === userId || assignmentOf(trip)?.driverId === userId)
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
    waitingIds(limit) {
      const waiting = all().filter(({ status }) => status === 'requested');
      const oldestFirst = waiting.toSorted((a, b) => (a.facts.requestedAt < b.facts.requestedAt ? -1 : 1));
      return Promise.resolve(oldestFirst.slice(0, limit).map(({ facts }) => facts.tripId));
    },
    waiting: (tripIds) =>
      Promise.resolve(all().filter(({ status, facts }) => status === 'requested' && tripIds.includes(facts.tripId))),
    due: (at, limit) => Promise.resolve(longestDueFirst(at, (status) => status !== 'in_progress').slice(0, limit)),
    countOverdueRides: (at) => Promise.resolve(overdue(at).length),
    overdueRides: (at, limit) => Promise.resolve(overdue(at).slice(0, limit)),
  };
}

function keyOf({ requestedAt, tripId }: { readonly requestedAt: string; readonly tripId: string }): string {
  return `${requestedAt} ${tripId}`;
}
