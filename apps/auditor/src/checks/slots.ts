import { findByQueries, findByQuery, mergeFindings } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { Look } from '../look.ts';
import { foldSlots } from '../slot-fold.ts';

const LOG = 'driver.status_changed in event_log.records, by driver';

/** In the log: the epoch of a slot rises by one with every change. */
export const epochRises: Check = {
  name: 'slot-epoch-rises',
  rule: 3,
  title: 'the epoch of a slot rises by exactly one with every change, and is the sequence of its event',
  lookAt: LOG,
  scope: 'store',
  run: async (look) => (await foldSlots(look)).findings.epochs,
};

/** In the log: slots change as slots may. */
export const slotSteps: Check = {
  name: 'slot-steps',
  rule: 4,
  title: 'slots take legal steps only, each for a reason that leads there',
  lookAt: LOG,
  scope: 'store',
  run: async (look) => (await foldSlots(look)).findings.steps,
};

/** In the log: only who is available is offered a trip. */
export const offeredWhenAvailable: Check = {
  name: 'offered-when-available',
  rule: 7,
  title: 'only an available driver is offered a trip',
  lookAt: LOG,
  scope: 'store',
  run: async (look) => (await foldSlots(look)).findings.offers,
};

/** In the log: an offer is accepted once. */
export const acceptedOnce: Check = {
  name: 'offer-accepted-once',
  rule: 6,
  title: 'an offer is accepted once at most',
  lookAt: LOG,
  scope: 'store',
  async run(look) {
    const { accepted } = (await foldSlots(look)).findings;
    return look.changes ? mergeFindings([accepted, await acceptedBefore(look)]) : accepted;
  },
};

/** Acceptances from before the window of the look stand in the timelines of the trips that have changed. */
function acceptedBefore(look: Look): Promise<Finding> {
  return findByQuery(look, {
    count: `select 0 as count`,
    violations: `
      select 'offer ' || (data ->> 'offerId') as subject, 'was accepted ' || count(distinct event_id) || ' times' as detail,
        count(distinct event_id)::text as versions
      from trip.timeline_entries
      where kind = 'slot' and data ->> 'reason' = 'accepted' and ${look.among('trips', 'trip_id')}
      group by data ->> 'offerId' having count(distinct event_id) > 1`,
  });
}

/** Between the log and the driver store: a slot is what its last event says. */
export const slotIsItsEvents: Check = {
  name: 'slot-is-its-events',
  rule: 4,
  title: 'the row of a slot is what its events add up to',
  lookAt: 'driver.driver_slots and driver.status_changed in event_log.records',
  // one snapshot of one database: the event is written in the transaction of the change
  scope: 'store',
  async run(look) {
    const { states } = await foldSlots(look);
    const { rows } = await look.tx.query<{
      driver_id: string;
      epoch: number;
      state: string;
      trip_id: string | null;
      offer_id: string | null;
    }>(
      `select driver_id, epoch, state, trip_id, offer_id from driver.driver_slots where ${look.among('drivers', 'driver_id')}`,
    );
    const violations = rows.flatMap((row) => {
      const told = states.get(row.driver_id) ?? look.memory.slots.get(row.driver_id);
      // a newer event waits in the outbox: the next look sees it
      if (told?.epoch !== row.epoch) return [];
      const holds = told.state === 'offered' || told.state === 'assigned';
      const wanted = [told.state, holds ? told.tripId : null, holds ? told.offerId : null];
      const stored = [row.state, row.trip_id, row.offer_id];
      if (wanted.every((value, index) => value === stored[index])) return [];
      const show = (values: readonly (string | null)[]) => values.map((value) => value ?? 'none').join(', ');
      const detail = `is ${show(stored)}, its event at epoch ${String(row.epoch)} says ${show(wanted)}`;
      return [{ subject: `slot ${row.driver_id}`, detail, versions: String(row.epoch) }];
    });
    return { checked: rows.length, violations };
  },
};

/** Within the driver store: an offer ends once, and is accepted in time. */
export const offerAcceptedInTime: Check = {
  name: 'offer-accepted-in-time',
  rule: 6,
  title: 'an offer is never accepted after it expired',
  lookAt: 'driver.offers',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from driver.offers where ${look.among('drivers', 'driver_id')}`,
      violations: `
        select 'offer ' || offer_id as subject, 'was accepted at ' || ended_at || ', it expired at ' || expires_at as detail,
          state as versions
        from driver.offers where state = 'accepted' and ended_at > expires_at and ${look.among('drivers', 'driver_id')}`,
    }),
};

/** Between trips and offers: the driver of a trip held the offer that the trip names. */
export const tripHasItsOffer: Check = {
  name: 'trip-has-its-offer',
  rule: 6,
  title: 'the offer that a trip was accepted with is an accepted offer of its driver',
  lookAt: 'trip.trips and driver.offers',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from trip.trips where offer_id is not null and ${look.among('trips', 'id')}`,
      violations: `
        select 'trip ' || trips.id as subject,
          'offer ' || trips.offer_id || ' is ' || coalesce(offers.state, 'unknown') || ' at the driver service' as detail,
          trips.version::text as versions
        from trip.trips trips left join driver.offers offers
          on offers.offer_id = trips.offer_id and offers.trip_id = trips.id and offers.driver_id = trips.driver_id
        where trips.offer_id is not null and offers.state is distinct from 'accepted' and ${look.among('trips', 'trips.id')}`,
    }),
};

// a slot may be offered a trip only while all of these are approved and none of them has lapsed
const eligibleUntil = ({ among }: Look) => `
  select driver_id, case when count(distinct type) = 3 then min(valid_until) end as until from (
    select distinct on (driver_id, type) driver_id, type, (expires_on + 1)::timestamp at time zone 'UTC' as valid_until
    from driver.driver_documents
    where not superseded and state = 'approved' and type in ('driving_license', 'vehicle_registration', 'insurance')
      and ${among('drivers', 'driver_id')}
    order by driver_id, type, submitted_at desc, document_id desc) valid
  group by driver_id`;

/** Within the driver store: who may not drive has no offer, and the slot knows who may. */
export const noOfferForTheBarred: Check = {
  name: 'no-offer-for-the-barred',
  rule: 7,
  title: 'a suspended driver, or one without valid papers, has no offer and is not available for one',
  lookAt: 'driver.driver_slots against driver.account_standings, driver.driver_documents and driver.offers',
  scope: 'store',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from driver.driver_slots where ${look.among('drivers', 'driver_id')}`,
        violations: `
          select 'driver ' || slots.driver_id as subject, 'is barred, and the slot is ' || slots.state as detail,
            slots.epoch::text as versions
          from driver.driver_slots slots left join driver.account_standings standings on standings.user_id = slots.driver_id
          where (slots.suspended or coalesce(standings.suspended or standings.deactivated, false))
            and slots.state in ('available', 'offered') and ${look.among('drivers', 'slots.driver_id')}
          union all
          select 'driver ' || slots.driver_id,
            'may drive until ' || coalesce(slots.eligible_until::text, 'never') || ', by the papers until '
              || coalesce(papers.until::text, 'never'),
            slots.epoch::text
          from driver.driver_slots slots left join (${eligibleUntil(look)}) papers on papers.driver_id = slots.driver_id
          where slots.eligible_until is distinct from papers.until and ${look.among('drivers', 'slots.driver_id')}`,
      },
      {
        count: `select 0 as count`,
        violations: `
          select 'offer ' || offers.offer_id as subject,
            'was made at ' || offers.made_at || ' to driver ' || offers.driver_id || ', whose papers ended at ' || slots.eligible_until as detail,
            slots.epoch::text as versions
          from driver.offers offers join driver.driver_slots slots on slots.driver_id = offers.driver_id
          where offers.state = 'open' and offers.made_at >= slots.eligible_until`,
      },
    ]),
};

/** Between accounts and slots: a suspension reaches the street. */
export const suspendedAreOffTheStreet: Check = {
  name: 'suspended-off-the-street',
  rule: 34,
  title: 'who is suspended or closed is neither available nor offered anything a minute later',
  lookAt: '"user".accounts.status against driver.driver_slots.state',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from "user".accounts where status <> 'active'`,
      violations: `
        select 'driver ' || accounts.id as subject, 'is ' || accounts.status || ', and the slot is ' || slots.state as detail,
          accounts.version || '/' || slots.epoch as versions
        from "user".accounts accounts join driver.driver_slots slots on slots.driver_id = accounts.id
        where accounts.status <> 'active' and slots.state in ('available', 'offered')`,
    }),
};

/** Between the log and the driver store: the newest position stands. */
export const newestPositionStands: Check = {
  name: 'newest-position-stands',
  rule: 11,
  title: 'a position is never replaced by an older one',
  lookAt: 'driver.driver_positions and driver.located in event_log.records',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from driver.driver_positions where ${look.among('drivers', 'driver_id')}`,
      violations: `
        select 'driver ' || positions.driver_id as subject,
          'stands where it was at ' || positions.recorded_at || ', a position of ' || told.recorded_at || ' was known' as detail,
          positions.recorded_at::text as versions
        from (select (envelope -> 'data' ->> 'driverId')::uuid as driver_id,
            max((envelope -> 'data' ->> 'recordedAt')::timestamptz) as recorded_at
          from ${look.records('driver.locations')} records group by 1) told
        join driver.driver_positions positions on positions.driver_id = told.driver_id
        where date_trunc('milliseconds', positions.recorded_at) < told.recorded_at`,
    }),
};
