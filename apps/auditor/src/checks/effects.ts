import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';

/** Whatever the group has not taken in yet: until it has, it may know of less than there is. */
const DRIVER_GROUP_IS_BEHIND = `(
  exists (select from event_log.consumer_offsets offsets join event_log.log_partitions partitions using (topic, partition)
    where offsets.group_name = 'driver' and offsets.next_offset < partitions.next)
  or exists (select from driver.parked_events) or exists (select from driver.event_retries)
  or exists (select from driver.dead_letters) or exists (select from trip.outbox) or exists (select from payment.outbox))`;

const stars = `coalesce((rider_rating ->> 'stars')::int, 0)`;

/** Between trips, payments and what the driver service counted of them: each event counted once. */
export const countedOnce: Check = {
  name: 'counted-once',
  rule: 26,
  title: 'what was counted for a driver is what happened: a repeated event adds nothing, and none was left out',
  lookAt: 'driver.driver_tallies against trip.trips; driver.driver_earnings against payment.payments; driver.inbox',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from driver.driver_tallies where ${look.among('drivers', 'driver_id')}`,
      // the difference alone tells the second look that it is the same one: the counts go on rising
      violations: `
        with happened as (
          select driver_id, count(*) filter (where status = 'completed') as completed,
            count(*) filter (where status = 'cancelled') as cancelled,
            count(*) filter (where status = 'cancelled' and cancelled_by = 'driver') as by_driver,
            sum(${stars}) as stars, count(rider_rating) as ratings
          from trip.trips where driver_id is not null and due_at is null and ${look.among('drivers', 'driver_id')} group by driver_id
        ), compared as (
          select driver_id, array[coalesce(tallies.completed, 0) - coalesce(happened.completed, 0),
              coalesce(tallies.cancelled, 0) - coalesce(happened.cancelled, 0),
              coalesce(tallies.cancelled_by_driver, 0) - coalesce(happened.by_driver, 0),
              coalesce(tallies.stars_sum, 0) - coalesce(happened.stars, 0),
              coalesce(tallies.ratings, 0) - coalesce(happened.ratings, 0)] as more
          from (select * from driver.driver_tallies where ${look.among('drivers', 'driver_id')}) tallies
          full join happened using (driver_id)
        ), earned as (
          select trips.driver_id, payments.currency, sum(payments.booked_driver - payments.returned_driver) as amount
          from trip.trips trips join payment.payments payments on payments.trip_id = trips.id and payments.driver_id = trips.driver_id
          where trips.driver_id is not null and ${look.among('drivers', 'trips.driver_id')} group by 1, 2
        ), credited as (
          select driver_id, currency, coalesce(earnings.amount, 0) - coalesce(earned.amount, 0) as more
          from (select * from driver.driver_earnings where ${look.among('drivers', 'driver_id')}) earnings
          full join earned using (driver_id, currency)
        )
        select 'driver ' || driver_id as subject,
          'counted beside what happened: completed, cancelled, by the driver, stars, ratings ' || more::text as detail, '' as versions
        from compared where 0 < any (more) or (0 > any (more) and not ${DRIVER_GROUP_IS_BEHIND})
        union all
        select 'driver ' || driver_id, 'credited ' || more || ' ' || currency || ' beside what was earned', ''
        from credited where more > 0 or (more < 0 and not ${DRIVER_GROUP_IS_BEHIND})`,
    }),
};

/** The unique keys that a second effect of one event, request or call runs into; `*` stands for every service. */
const WALLS: readonly (readonly [table: string, columns: string])[] = [
  ['trip.trips', 'rider_id'],
  ['trip.trips', 'driver_id'],
  ['trip.trip_events', 'trip_id, version'],
  ['trip.trip_events', 'event_id'],
  ['trip.timeline_entries', 'trip_id, event_id, type'],
  ['driver.driver_slots', 'trip_id'],
  ['driver.offers', 'trip_id'],
  ['driver.offers', 'driver_id'],
  ['payment.payments', 'trip_id'],
  ['payment.payment_ops', 'psp_key'],
  ['payment.payment_ops', 'payment_id, op, attempt'],
  ['payment.ledger_journals', 'op_id'],
  ['payment.ledger_entries', 'journal_id, line'],
  ['payment.webhook_events', 'gateway, event_id'],
  ['notification.messages', 'about_event_id, user_id, channel'],
  ...['"user"', 'driver', 'trip', 'payment', 'notification'].flatMap((schema) => [
    [`${schema}.inbox`, 'group_name, event_id'] as const,
    [`${schema}.outbox`, 'event_id'] as const,
    [`${schema}.parked_events`, 'group_name, stream, sequence'] as const,
    [`${schema}.idempotency_keys`, 'principal, route, key'] as const,
  ]),
];

/** In the catalogue of the database: the last walls against a second effect stand. */
export const wallsStand: Check = {
  name: 'walls-stand',
  rule: 26,
  title: 'the unique keys that a second effect would run into are there and valid',
  lookAt: 'pg_index of the table',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select ${String(WALLS.length)} as count`,
      violations: `
        select 'table ' || wanted.relation as subject, 'nothing keeps ' || wanted.columns || ' unique' as detail, '' as versions
        from (values ${WALLS.map(([table, columns]) => `('${table}', '${columns}')`).join(', ')}) wanted (relation, columns)
        where not exists (
          select from pg_index where indrelid = to_regclass(wanted.relation) and indisunique and indisvalid
            and wanted.columns = (select string_agg(attname, ', ' order by position)
              from unnest(indkey) with ordinality as part (number, position)
              join pg_attribute on attrelid = indrelid and attnum = part.number))`,
    }),
};
