import { findByQuery, mergeFindings } from '../check.ts';
import type { Check } from '../check.ts';

const OPEN = `('requested', 'accepted', 'arrived', 'in_progress')`;
const ASSIGNED = `('accepted', 'arrived', 'in_progress')`;

/** Within the trip store: nobody is on two trips. */
export const oneActiveTrip: Check = {
  name: 'one-active-trip',
  rule: 1,
  title: 'a rider and a driver are on one active trip at most',
  lookAt: 'trip.trips, its unique indexes on open trips',
  scope: 'store',
  async run(tx) {
    const perPerson = (side: 'rider' | 'driver', states: string) =>
      findByQuery(tx, {
        count: `select count(*) as count from trip.trips where status in ${states}`,
        violations: `
          select '${side} ' || ${side}_id as subject, 'is on the trips ' || string_agg(id::text, ', ' order by id) as detail,
            string_agg(version::text, ',' order by id) as versions
          from trip.trips where status in ${states} and ${side}_id is not null
          group by ${side}_id having count(*) > 1`,
      });
    return mergeFindings([await perPerson('rider', OPEN), await perPerson('driver', ASSIGNED)]);
  },
};

/** Within the trip store: a trip has had one driver at most. */
export const oneAssignee: Check = {
  name: 'one-assignee',
  rule: 1,
  title: 'a trip never has a second driver',
  lookAt: 'trip.trip_events of type accepted',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(distinct trip_id) as count from trip.trip_events where type = 'accepted'`,
      violations: `
        select 'trip ' || trip_id as subject, 'was accepted ' || count(*) || ' times' as detail,
          string_agg(version::text, ',' order by version) as versions
        from trip.trip_events where type = 'accepted' group by trip_id having count(*) > 1`,
    }),
};

/** Between slots and trips: both tell the same story of who drives whom. */
export const slotMatchesTrip: Check = {
  name: 'slot-matches-trip',
  rule: 1,
  title: 'an assigned slot and an active trip name each other',
  lookAt: 'driver.driver_slots and trip.trips; the slot sweep settles what a crash left',
  scope: 'across',
  run: (tx) =>
    findByQuery(tx, {
      count: `
        select (select count(*) from driver.driver_slots where state = 'assigned')
          + (select count(*) from trip.trips where status in ${ASSIGNED}) as count`,
      violations: `
        select 'trip ' || coalesce(trips.id, slots.trip_id) as subject,
          case when trips.id is null then 'driver ' || slots.driver_id || ' is assigned to it, and it has no such driver'
            else 'its driver ' || trips.driver_id || ' is not assigned to it' end as detail,
          coalesce(trips.version, 0) || '/' || coalesce(slots.epoch, 0) as versions
        from (select * from trip.trips where status in ${ASSIGNED}) trips
        full join (select * from driver.driver_slots where state = 'assigned') slots
          on slots.trip_id = trips.id and slots.driver_id = trips.driver_id and slots.offer_id = trips.offer_id
        where trips.id is null or slots.driver_id is null`,
    }),
};
