import { assert, canonicalJson, isAppError } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import { fold } from '../domain/evolve.ts';
import type { TripEvent } from '../domain/trip-events.ts';
import { isAssigned, isOpen } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import type { TripStore } from '../usecases/ports.ts';
import { appendTripEvent } from './trip-outbox.ts';
import { claims, openTrips, trips, tripsOfPeople } from './tables.memory.ts';
import type { StoredTrip } from './tables.memory.ts';

/** Undoes the transaction of a write that is refused: nothing of it may stay, its seal included. */
class Refused extends Error {
  readonly outcome: 'rider_busy' | 'driver_busy' | 'moved' | 'repeated';

  constructor(outcome: Refused['outcome']) {
    super(outcome);
    this.outcome = outcome;
  }
}

/** A lost answer to a commit is followed by the same write this often before the caller hears of it. */
const TRIES_MAX = 3;

/** Trips in memory, with all promises of the durable store but durability. */
export function createMemoryTripStore(options: {
  readonly database: MemoryDatabase;
  /** The trace that is kept beside each event. */
  readonly traceId: () => string | undefined;
}): TripStore {
  const { database, traceId } = options;
  const write = async (
    operation: Operation<TripState>,
    to: TripState,
    eventId: string,
    event: TripEvent,
    guard: (tx: MemoryTransaction, stored: StoredTrip | undefined) => void,
  ): Promise<'written' | Refused['outcome']> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await database.atomic(operation, (tx) => {
          const stored = tx.get(trips, to.facts.tripId);
          if (stored?.events.some((known) => known.eventId === eventId) === true) throw new Refused('repeated');
          guard(tx, stored);
          put(tx, to, [...(stored?.events ?? []), { eventId, event, traceId: traceId() ?? null }]);
          appendTripEvent(tx, eventId, event, to);
          return to;
        });
        return 'written';
      } catch (error) {
        if (error instanceof Refused) return error.outcome;
        if (tries === TRIES_MAX || !isAppError(error) || error.code !== 'COMMIT_AMBIGUOUS') throw error;
      }
    }
  };
  return {
    read: (tripId) => database.read((reader) => reader.get(trips, tripId)?.state),
    async create(operation, { eventId, event, to }) {
      const outcome = await write(operation, to, eventId, event, (tx, stored) => {
        if (stored) throw new Refused('repeated');
        if (tx.get(claims, to.facts.riderId)) throw new Refused('rider_busy');
      });
      assert(
        outcome === 'written' || outcome === 'repeated' || outcome === 'rider_busy',
        'a creation has three outcomes',
      );
      return outcome === 'written' ? 'created' : outcome === 'repeated' ? 'exists' : outcome;
    },
    async step(operation, { eventId, from, event, to }) {
      const outcome = await write(operation, to, eventId, event, (tx, stored) => {
        if (stored?.state.version !== from.version) throw new Refused('moved');
        const holder = isAssigned(to) ? tx.get(claims, to.assignment.driverId) : undefined;
        if (holder && holder.tripId !== to.facts.tripId) throw new Refused('driver_busy');
      });
      assert(outcome !== 'rider_busy', 'no step claims a rider');
      return outcome === 'written' || outcome === 'repeated' ? 'applied' : outcome;
    },
  };
}

function put(tx: MemoryTransaction, to: TripState, events: StoredTrip['events']): void {
  const folded = fold(events.map(({ event }) => event));
  assert(canonicalJson(folded) === canonicalJson(to), 'a trip is the fold of its events');
  const { tripId, riderId } = to.facts;
  const driverId = 'assignment' in to ? to.assignment?.driverId : undefined;
  tx.put(trips, tripId, { state: to, events });
  if (isOpen(to)) tx.put(openTrips, tripId, to);
  else tx.remove(openTrips, tripId);
  claim(tx, riderId, tripId, isOpen(to));
  if (driverId !== undefined) claim(tx, driverId, tripId, isAssigned(to));
  for (const person of driverId === undefined ? [riderId] : [riderId, driverId]) {
    const { tripIds } = tx.get(tripsOfPeople, person) ?? { tripIds: [] };
    if (!tripIds.includes(tripId)) tx.put(tripsOfPeople, person, { tripIds: [...tripIds, tripId] });
  }
}

function claim(tx: MemoryTransaction, personId: string, tripId: string, holds: boolean): void {
  if (holds) tx.put(claims, personId, { tripId });
  else if (tx.get(claims, personId)?.tripId === tripId) tx.remove(claims, personId);
}
