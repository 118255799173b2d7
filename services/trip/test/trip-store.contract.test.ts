import { createMemoryServer } from '@rideshare/memory';
import { waitingEvents } from '@rideshare/messaging';
import { fakeClock } from '@rideshare/testing';
import type { TripEvent } from '../src/domain/trip-events.ts';
import { createMemoryTripAgenda, createMemoryTripViews } from '../src/store/trip-reads.memory.ts';
import { createMemoryTripStore } from '../src/store/trip-store.memory.ts';
import { trips } from '../src/store/tables.memory.ts';
import { createPgTripAgenda } from '../src/store/trip-agenda.pg.ts';
import { createPgTripStore } from '../src/store/trip-store.pg.ts';
import { createPgTripViews } from '../src/store/trip-views.pg.ts';
import { tripStoreSuite } from './suites/trip-store.suite.ts';
import type { TripMessage } from './suites/trip-store.suite.ts';
import { tripDatabase } from './support/database.ts';

tripStoreSuite('memory', () => {
  const database = createMemoryServer({ clock: fakeClock() }).connect();
  return Promise.resolve({
    store: {
      ...createMemoryTripStore({ database, traceId: () => undefined }),
      ...createMemoryTripViews(database),
      ...createMemoryTripAgenda(database),
    },
    eventsOf: (tripId) =>
      database.read((reader) => (reader.get(trips, tripId)?.events ?? []).map(({ event }) => event)),
    messagesOf: async (tripId) => {
      const waiting = await waitingEvents(database);
      return waiting.filter(({ key }) => key === tripId).map(({ envelope }) => envelope);
    },
    close: () => Promise.resolve(),
  });
});

tripStoreSuite('PostgreSQL', async () => {
  const { database, close } = await tripDatabase();
  const store = {
    ...createPgTripStore({ database, traceId: () => undefined }),
    ...createPgTripViews(database),
    ...createPgTripAgenda(database),
  };
  const eventsOf = async (tripId: string): Promise<TripEvent[]> => {
    const { rows } = await database.query<{ data: TripEvent }>(
      'select data from trip_events where trip_id = $1 order by version',
      [tripId],
    );
    return rows.map(({ data }) => data);
  };
  const messagesOf = async (tripId: string): Promise<TripMessage[]> => {
    const { rows } = await database.query<{ envelope: TripMessage }>(
      'select envelope from outbox where key = $1 order by id',
      [tripId],
    );
    return rows.map(({ envelope }) => envelope);
  };
  return { store, eventsOf, messagesOf, close };
});
