import type { Database } from '@rideshare/postgres';
import type { TripAgenda } from '../usecases/ports.ts';
import { TRIP_COLUMNS, tripFromRow } from './trip-row.ts';
import type { TripRow } from './trip-row.ts';

/** The agenda is indexed columns of the trips themselves: there is nothing that could disagree with them. */
export function createPgTripAgenda(database: Database): TripAgenda {
  return {
    waitingIds: async (limit) => {
      const { rows } = await database.query<{ id: string }>(
        `select id from trips where status = 'requested' order by requested_at limit $1`,
        [limit],
        { name: 'trips_waiting_ids' },
      );
      return rows.map(({ id }) => id);
    },
    waiting: async (tripIds) => {
      const { rows } = await database.query<TripRow>(
        `select ${TRIP_COLUMNS} from trips where id = any ($1::uuid[]) and status = 'requested'`,
        [tripIds],
        { name: 'trips_waiting' },
      );
      return rows.map(tripFromRow);
    },
    due: async (at, limit) => {
      const { rows } = await database.query<{ id: string }>(
        `select id from trips where due_at <= $1 and status in ('requested', 'accepted', 'arrived')
         order by due_at limit $2`,
        [at, limit],
        { name: 'trips_due' },
      );
      return rows.map(({ id }) => id);
    },
    countOverdueRides: async (at) => {
      const { rows } = await database.query<{ overdue: number }>(
        `select count(*) as overdue from trips where due_at <= $1 and status = 'in_progress'`,
        [at],
        { name: 'trips_overdue' },
      );
      return rows[0]?.overdue ?? 0;
    },
    overdueRides: async (at, limit) => {
      const { rows } = await database.query<{ id: string }>(
        `select id from trips where due_at <= $1 and status = 'in_progress' order by due_at limit $2`,
        [at, limit],
        { name: 'trips_overdue_ids' },
      );
      return rows.map(({ id }) => id);
    },
  };
}
