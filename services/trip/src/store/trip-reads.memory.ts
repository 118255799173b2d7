import type { MemoryDatabase, TableReader } from '@rideshare/memory';
import { deadlineOf } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import type { TripAgenda, TripViews } from '../usecases/ports.ts';
import { claims, openTrips, trips, tripsOfPeople } from './tables.memory.ts';

/** Views on the trips themselves, so they lag by nothing. */
export function createMemoryTripViews(database: MemoryDatabase): TripViews {
  return {
    async history(userId, limit, after) {
      const all = await database.read((reader) =>
        (reader.get(tripsOfPeople, userId)?.tripIds ?? []).flatMap((tripId) => reader.get(trips, tripId)?.state ?? []),
      );
      const found = all
        .filter(({ facts }) => !after || keyOf(facts) < keyOf(after))
        .toSorted((a, b) => (keyOf(a.facts) < keyOf(b.facts) ? 1 : -1));
      const page = found.slice(0, limit);
      const last = page.at(-1)?.facts;
      const next = found.length > limit && last ? { requestedAt: last.requestedAt, tripId: last.tripId } : null;
      return { trips: page, next };
    },
    openTripOf: (riderId) =>
      database.read((reader) => {
        const tripId = reader.get(claims, riderId)?.tripId;
        return tripId !== undefined && reader.get(trips, tripId)?.state.facts.riderId === riderId ? tripId : undefined;
      }),
    countOpen: () => database.read((reader) => reader.all(openTrips).length),
  };
}

/** What waits and what is due, found among the trips that go on. */
export function createMemoryTripAgenda(database: MemoryDatabase): TripAgenda {
  const overdue = (at: string): Promise<string[]> =>
    database.read((reader) => longestDueFirst(reader, at, (status) => status === 'in_progress'));
  return {
    waitingIds: (limit) =>
      database.read((reader) =>
        reader
          .all(openTrips)
          .filter(({ status }) => status === 'requested')
          .toSorted((a, b) => (keyOf(a.facts) < keyOf(b.facts) ? -1 : 1))
          .slice(0, limit)
          .map(({ facts }) => facts.tripId),
      ),
    waiting: (tripIds) =>
      database.read((reader) =>
        tripIds.flatMap((tripId) => reader.get(openTrips, tripId) ?? []).filter(({ status }) => status === 'requested'),
      ),
    due: (at, limit) =>
      database.read((reader) => longestDueFirst(reader, at, (status) => status !== 'in_progress').slice(0, limit)),
    countOverdueRides: async (at) => (await overdue(at)).length,
    overdueRides: async (at, limit) => (await overdue(at)).slice(0, limit),
  };
}

function longestDueFirst(reader: TableReader, at: string, isOf: (status: TripState['status']) => boolean): string[] {
  return reader
    .all(openTrips)
    .filter(({ status }) => isOf(status))
    .map((trip) => ({ tripId: trip.facts.tripId, deadline: deadlineOf(trip) ?? '' }))
    .filter(({ deadline }) => deadline !== '' && deadline <= at)
    .toSorted((a, b) => (a.deadline < b.deadline ? -1 : 1))
    .map(({ tripId }) => tripId);
}

function keyOf({ requestedAt, tripId }: { readonly requestedAt: string; readonly tripId: string }): string {
  return `${requestedAt} ${tripId}`;
}
