import { findByQueries, findByQuery } from '../check.ts';
import type { Check, Statements } from '../check.ts';

// what is open is little, whatever the history: these always look at all of it
const OPEN = `('requested', 'accepted', 'arrived', 'in_progress')`;
const ASSIGNED = `('accepted', 'arrived', 'in_progress')`;

const perPerson = (side: 'rider' | 'driver', states: string): Statements => ({
  count: `select count(*) as count from trip.trips where due_at is not null and status in ${states}`,
  violations: `
    select '${side} ' || ${side}_id as subject, 'is on the trips ' || string_agg(id::text, ', ' order by id) as detail,
      string_agg(version::text, ',' order by id) as versions
    from trip.trips where due_at is not null and status in ${states} and ${side}_id is not null
    group by ${side}_id having count(*) > 1`,
});

/** Within the trip store: no driver is on two trips. */
export const oneTripPerDriver: Check = {
  name: 'one-trip-per-driver',
  rule: 1,
  title: 'a driver is on one active trip at most',
  lookAt: 'trip.trips, its unique index on the driver of active trips',
  scope: 'store',
  run: (look) => findByQuery(look, perPerson('driver', ASSIGNED)),
};

/** Within the trip store: no rider is on two trips. */
export const oneTripPerRider: Check = {
  name: 'one-trip-per-rider',
  rule: 2,
  title: 'a rider is on one open trip at most',
  lookAt: 'trip.trips, its unique index on the rider of open trips',
  scope: 'store',
  run: (look) => findByQuery(look, perPerson('rider', OPEN)),
};

/** Between slots and trips: both tell the same story of who drives whom. */
export const slotMatchesTrip: Check = {
  name: 'slot-matches-trip',
  rule: 1,
  title: 'an assigned slot and an active trip name each other',
  lookAt: 'driver.driver_slots and trip.trips; the slot sweep settles what a crash left',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `
        select (select count(*) from driver.driver_slots where state = 'assigned')
          + (select count(*) from trip.trips where due_at is not null and status in ${ASSIGNED}) as count`,
      violations: `
        select 'trip ' || coalesce(trips.id, slots.trip_id) as subject,
          case when trips.id is null then 'driver ' || slots.driver_id || ' is assigned to it, and it has no such driver'
            else 'its driver ' || trips.driver_id || ' is not assigned to it' end as detail,
          coalesce(trips.version, 0) || '/' || coalesce(slots.epoch, 0) as versions
        from (select * from trip.trips where due_at is not null and status in ${ASSIGNED}) trips
        full join (select * from driver.driver_slots where state = 'assigned') slots
          on slots.trip_id = trips.id and slots.driver_id = trips.driver_id and slots.offer_id = trips.offer_id
        where trips.id is null or slots.driver_id is null`,
    }),
};

/** Within the driver store: a trip has one slot at most, and a slot in use has its trip, its offer and its deadline. */
export const oneSlotPerTrip: Check = {
  name: 'one-slot-per-trip',
  rule: 3,
  title: 'a trip is offered or assigned to one driver at a time',
  lookAt: 'driver.driver_slots, its unique index on the trip',
  scope: 'store',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from driver.driver_slots where state in ('offered', 'assigned')`,
        violations: `
          select 'trip ' || trip_id as subject, 'is in the slots of ' || string_agg(driver_id::text, ', ' order by driver_id) as detail,
            string_agg(epoch::text, ',' order by driver_id) as versions
          from driver.driver_slots where trip_id is not null group by trip_id having count(*) > 1`,
      },
      {
        count: `select 0 as count`,
        violations: `
          select 'slot ' || driver_id as subject,
            'is ' || state || ' with trip ' || coalesce(trip_id::text, 'none') || ', offer ' || coalesce(offer_id::text, 'none') as detail,
            epoch::text as versions
          from driver.driver_slots
          where (state in ('offered', 'assigned')) <> (trip_id is not null) or (trip_id is null) <> (offer_id is null)
            or (state = 'offered') <> (expires_at is not null)`,
      },
    ]),
};

/** Between trips and slots: a trip was accepted on the epoch at which its driver's slot was confirmed. */
export const tripCarriesItsEpoch: Check = {
  name: 'trip-carries-its-epoch',
  rule: 3,
  title: 'the epoch that a trip was accepted on is the one at which the slot of its driver was assigned',
  lookAt: 'trip.trips.slot_epoch and driver.status_changed of reason accepted in event_log.records',
  scope: 'across',
  run: (look) => {
    const accepted = `${look.records('driver.events')} records
      where type = 'driver.status_changed' and envelope -> 'data' ->> 'reason' = 'accepted'`;
    return findByQuery(look, {
      count: `select count(*) as count from ${accepted}`,
      violations: `
        select 'trip ' || trips.id as subject,
          'was accepted on epoch ' || trips.slot_epoch || ', the slot of driver ' || trips.driver_id || ' was assigned on epoch '
            || told.epoch as detail,
          trips.version::text as versions
        from (select distinct (envelope -> 'data' ->> 'offerId')::uuid as offer_id,
            (envelope -> 'data' ->> 'tripId')::uuid as trip_id, (envelope -> 'data' ->> 'epoch')::bigint as epoch
          from ${accepted}) told
        join trip.trips trips on trips.id = told.trip_id and trips.offer_id = told.offer_id
        where trips.slot_epoch is distinct from told.epoch`,
    });
  },
};

/** How long after a deadline a sweep may take; the services promise it within a minute once nothing fails. */
const SWEEP_S = 60;

/** Within the trip store: no state outlives its deadline, but for a ride, which only an operator ends. */
export const tripsEnd: Check = {
  name: 'trips-end',
  rule: 5,
  title: 'every request is assigned, cancelled or expired in its time, and no driver is waited for without end',
  lookAt: 'trip.trips.due_at; the log lines of the due sweep of the trip service',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from trip.trips where due_at is not null`,
      violations: `
        select 'trip ' || id as subject, 'is still ' || status || ', which ran out at ' || due_at as detail, version::text as versions
        from trip.trips
        where due_at < clock_timestamp() - interval '${String(SWEEP_S)} seconds' and status in ('requested', 'accepted', 'arrived')
        union all
        select 'trip ' || id, 'is ' || status || ' and has no deadline', version::text
        from trip.trips
        where due_at is null and status in ${OPEN} and ${look.among('trips', 'id')}`,
    }),
};
