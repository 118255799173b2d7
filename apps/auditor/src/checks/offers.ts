import { findByQuery, mergeFindings } from '../check.ts';
import type { Check } from '../check.ts';

/** The topic whatever its prefix; an array, so that the log is read by its key. */
const DRIVER_EVENTS = `any (array(select topic from event_log.log_topics where topic like '%driver.events'))`;

/** Within the driver store: an offer ends once, and is accepted in time. */
export const offerAcceptedInTime: Check = {
  name: 'offer-accepted-in-time',
  rule: 4,
  title: 'an offer is accepted once at most, and never after it expired',
  lookAt: 'driver.offers',
  scope: 'store',
  async run(tx) {
    const late = await findByQuery(tx, {
      count: `select count(*) as count from driver.offers`,
      violations: `
        select 'offer ' || offer_id as subject, 'was accepted at ' || ended_at || ', it expired at ' || expires_at as detail,
          state as versions
        from driver.offers where state = 'accepted' and ended_at > expires_at`,
    });
    const twice = await findByQuery(tx, {
      count: `select 0 as count`,
      violations: `
        select 'offer ' || (envelope -> 'data' ->> 'offerId') as subject, 'was accepted ' || count(distinct event_id) || ' times' as detail,
          count(distinct event_id)::text as versions
        from event_log.records
        where topic = ${DRIVER_EVENTS} and type = 'driver.status_changed' and envelope -> 'data' ->> 'reason' = 'accepted'
        group by envelope -> 'data' ->> 'offerId' having count(distinct event_id) > 1`,
    });
    return mergeFindings([late, twice]);
  },
};

/** In the log: the epoch of a slot rises by one with every change. */
export const epochRises: Check = {
  name: 'slot-epoch-rises',
  rule: 4,
  title: 'the epoch of a slot rises by exactly one with every change',
  lookAt: 'event_log.records of driver.status_changed',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from event_log.records where topic = ${DRIVER_EVENTS} and type = 'driver.status_changed'`,
      violations: `
        with changes as (
          select envelope ->> 'stream' as stream, (envelope ->> 'sequence')::bigint as sequence,
            (envelope -> 'data' ->> 'epoch')::bigint as epoch, min(log_offset) as first_offset
          from event_log.records
          where topic = ${DRIVER_EVENTS} and type = 'driver.status_changed' group by 1, 2, 3
        ), steps as (
          select *, lag(epoch) over (partition by stream order by first_offset) as before from changes
        )
        select stream as subject, 'epoch ' || epoch || ' follows ' || before as detail, epoch::text as versions
        from steps where epoch <> sequence or (before is not null and epoch <> before + 1)`,
    }),
};

/** Between trips and slots: the driver of a trip held the offer that the trip names. */
export const tripHasItsOffer: Check = {
  name: 'trip-has-its-offer',
  rule: 4,
  title: 'the offer that a trip was accepted with is an accepted offer of its driver',
  lookAt: 'trip.trips and driver.offers',
  scope: 'across',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from trip.trips where offer_id is not null`,
      violations: `
        select 'trip ' || trips.id as subject,
          'offer ' || trips.offer_id || ' is ' || coalesce(offers.state, 'unknown') || ' at the driver service' as detail,
          trips.version::text as versions
        from trip.trips trips left join driver.offers offers
          on offers.offer_id = trips.offer_id and offers.trip_id = trips.id and offers.driver_id = trips.driver_id
        where trips.offer_id is not null and offers.state is distinct from 'accepted'`,
    }),
};
