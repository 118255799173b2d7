import type { Database } from '@rideshare/postgres';
import type { TripViews } from '../usecases/ports.ts';
import { TRIP_COLUMNS, tripFromRow } from './trip-row.ts';
import type { TripRow } from './trip-row.ts';

/** Sorts after every UUID: the position before the first row. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Views on the trips' own rows, so they lag by nothing. */
export function createPgTripViews(database: Database): TripViews {
  return {
    history: async (userId, limit, after) => {
      const { rows } = await database.query<TripRow>(
        HISTORY,
        [userId, after?.requestedAt ?? 'infinity', after?.tripId ?? LAST_ID, limit + 1],
        { name: 'trip_history' },
      );
      const trips = rows.slice(0, limit).map(tripFromRow);
      const last = trips.at(-1)?.facts;
      const next = rows.length > limit && last ? { requestedAt: last.requestedAt, tripId: last.tripId } : null;
      return { trips, next };
    },
    openTripOf: async (riderId) => {
      const { rows } = await database.query<{ id: string }>(
        `select id from trips
         where rider_id = $1 and status in ('requested', 'accepted', 'arrived', 'in_progress')`,
        [riderId],
      );
      return rows[0]?.id;
    },
    countOpen: async () => {
      const { rows } = await database.query<{ open: number }>(
        'select count(*) as open from trips where due_at is not null',
      );
      return rows[0]?.open ?? 0;
    },
  };
}

// two index scans of one page each; nobody is both rider and driver of one trip
const HISTORY = `
  select ${TRIP_COLUMNS} from (
    (select * from trips where rider_id = $1 and (requested_at, id) < ($2::timestamptz, $3::uuid)
      order by requested_at desc, id desc limit $4)
    union all
    (select * from trips where driver_id = $1 and (requested_at, id) < ($2::timestamptz, $3::uuid)
      order by requested_at desc, id desc limit $4)
  ) as page
  order by requested_at desc, id desc limit $4`;
