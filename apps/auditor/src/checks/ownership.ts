import { findByQueries } from '../check.ts';
import type { Check } from '../check.ts';

/** Between stores: whoever something belongs to in one of them is who it belongs to in the others. */
export const ownersAgree: Check = {
  name: 'owners-agree',
  rule: 33,
  title:
    'quote, method, payment, offer and messages of a trip belong to the people of that trip, and its key to its rider',
  lookAt: 'rider_id and driver_id of trip.trips against the other store',
  scope: 'across',
  run: (look) => {
    const trips = look.among('trips', 'trips.id');
    const payments = look.among('payments', 'payments.id');
    return findByQueries(look, [
      {
        count: `select count(*) as count from trip.trips where ${look.among('trips', 'id')}`,
        violations: `
          select 'trip ' || trips.id as subject, 'of rider ' || trips.rider_id || ' has the quote of rider ' || quotes.rider_id as detail,
            trips.version::text as versions
          from trip.trips trips join trip.quotes quotes on quotes.id = trips.quote_id
          where quotes.rider_id <> trips.rider_id and ${trips}
          union all
          select 'trip ' || trips.id, 'of rider ' || trips.rider_id || ' was offered as one of rider ' || offers.rider_id, trips.version::text
          from trip.trips trips join driver.offers offers on offers.offer_id = trips.offer_id
          where offers.rider_id <> trips.rider_id and ${trips}
          union all
          select 'trip ' || trips.id, 'of rider ' || trips.rider_id || ' is driven by its own rider', trips.version::text
          from trip.trips trips where trips.driver_id = trips.rider_id and ${trips}`,
      },
      {
        count: `select count(*) as count from payment.payments where ${look.among('payments', 'id')}`,
        violations: `
          select 'trip ' || trips.id as subject, 'of rider ' || trips.rider_id || ' is paid by rider ' || payments.rider_id as detail,
            payments.version::text as versions
          from payment.payments payments join trip.trips trips on trips.id = payments.trip_id
          where payments.rider_id <> trips.rider_id and ${payments}
          union all
          select 'payment ' || payments.id,
            'of rider ' || payments.rider_id || ' takes the method of ' || coalesce('rider ' || methods.rider_id, 'nobody'), payments.version::text
          from payment.payments payments left join payment.payment_methods methods on methods.id = payments.method_id
          where payments.method_id is not null and methods.rider_id is distinct from payments.rider_id and ${payments}
            and payments.status <> 'failed'
          union all
          select 'payment ' || payments.id,
            'credits driver ' || payments.driver_id || ', the trip has driver ' || coalesce(trips.driver_id::text, 'none'), payments.version::text
          from payment.payments payments join trip.trips trips on trips.id = payments.trip_id
          where payments.driver_id is not null and payments.driver_id is distinct from trips.driver_id and ${payments}`,
      },
      {
        count: `select count(*) as count from ${look.records('notification.events')} records`,
        violations: `
          select 'message ' || (told.data ->> 'messageId') as subject,
            'about trip ' || trips.id || ' went to ' || (told.data ->> 'userId') || ', who is on no side of it' as detail, '' as versions
          from (select envelope -> 'data' as data from ${look.records('notification.events')} records) told
          join trip.trips trips on trips.id = (told.data ->> 'tripId')::uuid
          where (told.data ->> 'userId')::uuid not in (trips.rider_id, coalesce(trips.driver_id, trips.rider_id))`,
      },
      {
        count: `select count(*) as count from trip.idempotency_keys where route = 'requestTrip'`,
        violations: `
          select 'trip ' || trips.id as subject, 'of rider ' || trips.rider_id || ' was requested by ' || kept.principal as detail, '' as versions
          from trip.idempotency_keys kept join trip.trips trips on trips.id = (kept.response -> 'body' ->> 'id')::uuid
          where kept.route = 'requestTrip' and kept.status = 'done' and (kept.response ->> 'status') = '201'
            and kept.principal <> 'user:' || trips.rider_id and ${trips}`,
      },
    ]);
  },
};
