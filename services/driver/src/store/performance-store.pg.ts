import type { Operation } from '@rideshare/kernel';
import type { Database } from '@rideshare/postgres';
import { addCounts, countsOfTrip, NO_COUNTS, tallyOf } from '../domain/performance.ts';
import type { Counts, Tally } from '../domain/performance.ts';
import type { OfferState } from '../domain/slot.ts';
import type { PerformanceStore } from '../usecases/ports.ts';

interface TallyRow {
  readonly completed: number;
  readonly cancelled: number;
  readonly cancelled_by_driver: number;
  readonly stars_sum: number;
  readonly ratings: number;
  readonly online_s: number;
}

const READ = `select coalesce(t.completed, 0) as completed, coalesce(t.cancelled, 0) as cancelled,
    coalesce(t.cancelled_by_driver, 0) as cancelled_by_driver, coalesce(t.stars_sum, 0) as stars_sum,
    coalesce(t.ratings, 0) as ratings,
    (select coalesce(floor(sum(extract(epoch from coalesce(o.ended_at, clock_timestamp()) - o.started_at))), 0)::bigint
     from online_periods o where o.driver_id = d.driver_id) as online_s
  from drivers d left join driver_tallies t on t.driver_id = d.driver_id where d.driver_id = $1`;

async function readTally(database: Database, driverId: string): Promise<Tally | undefined> {
  const [tallies, offers, earnings] = await Promise.all([
    database.query<TallyRow>(READ, [driverId]),
    database.query<{ state: OfferState; count: number }>(
      'select state, count(*) as count from offers where driver_id = $1 group by state',
      [driverId],
    ),
    database.query<{ amount: number; currency: string }>(
      'select amount, currency from driver_earnings where driver_id = $1 order by currency',
      [driverId],
    ),
  ]);
  const tally = tallies.rows[0];
  if (!tally) return undefined;
  const { online_s: onlineS, cancelled_by_driver: cancelledByDriver, stars_sum: starsSum, ...rest } = tally;
  return tallyOf({
    offers: new Map(offers.rows.map(({ state, count }) => [state, count])),
    counts: { ...rest, cancelledByDriver, starsSum },
    onlineS,
    earnings: earnings.rows,
  });
}

/** A {@link PerformanceStore} in PostgreSQL. */
export function createPerformanceStore(database: Database): PerformanceStore {
  async function write(operation: Operation, name: string, text: string, values: readonly unknown[]): Promise<void> {
    await database.atomic(operation, (tx) => tx.query(text, values, { name }));
  }

  function count(operation: Operation, driverId: string, added: Partial<Counts>): Promise<void> {
    const { completed, cancelled, cancelledByDriver, starsSum, ratings } = addCounts(NO_COUNTS, added);
    return write(
      operation,
      'count-for-driver',
      `insert into driver_tallies as t (driver_id, completed, cancelled, cancelled_by_driver, stars_sum, ratings)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (driver_id) do update set completed = t.completed + excluded.completed,
         cancelled = t.cancelled + excluded.cancelled,
         cancelled_by_driver = t.cancelled_by_driver + excluded.cancelled_by_driver,
         stars_sum = t.stars_sum + excluded.stars_sum, ratings = t.ratings + excluded.ratings`,
      [driverId, completed, cancelled, cancelledByDriver, starsSum, ratings],
    );
  }

  return {
    read: (driverId) => readTally(database, driverId),
    countTrip: (operation, driverId, outcome) => count(operation, driverId, countsOfTrip(outcome)),
    countStars: (operation, driverId, stars) => count(operation, driverId, { starsSum: stars, ratings: 1 }),
    addEarnings: (operation, driverId, { amount, currency }) =>
      write(
        operation,
        'add-earnings',
        `insert into driver_earnings as e (driver_id, currency, amount) values ($1, $2, $3)
         on conflict (driver_id, currency) do update set amount = e.amount + excluded.amount`,
        [driverId, currency, amount],
      ),
    rememberRider: (operation, { driverId, riderId, tripId }) =>
      write(
        operation,
        'remember-rider',
        `insert into driver_riders (driver_id, rider_id, trip_id) values ($1, $2, $3)
         on conflict (driver_id, rider_id) do update set trip_id = excluded.trip_id`,
        [driverId, riderId, tripId],
      ),
  };
}
