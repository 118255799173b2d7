import type { TripEvent } from '../src/domain/trip-events.ts';
import { createMemoryTripStore } from '../src/store/trip-store.memory.ts';
import { createPgTripAgenda } from '../src/store/trip-agenda.pg.ts';
import { createPgTripStore } from '../src/store/trip-store.pg.ts';
import { createPgTripViews } from '../src/store/trip-views.pg.ts';
import { tripStoreSuite } from './suites/trip-store.suite.ts';
import { tripDatabase } from './support/database.ts';

tripStoreSuite('memory', () => {
  const store = createMemoryTripStore();
  return Promise.resolve({
    store,
    eventsOf: (tripId) => Promise.resolve(store.eventsOf(tripId)),
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
  return { store, eventsOf, close };
});
