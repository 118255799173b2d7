/**
 * A city's past, planted in the stores of all services and in the log by a few statements: as if every trip had been ridden,
 * but in minutes instead of days. Whatever the services promise about each other holds for it.
 */
import {
  currentPolicy,
  currentTariff,
  NO_SURGE_BASIS_POINTS,
  quoteFare,
  splitFare,
  vehicleClasses,
} from '@rideshare/pricing';

/** Runs one statement, always on the same connection and in the same transaction. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<unknown>;

const CITY = 'porto';
const PRICES = 60;
/** Six days: as long as the log keeps everything, and long enough for every trip to be over. */
const PAST_S = 6 * 86_400;

/** Rides of several lengths with what they cost, by the tariff itself. */
function prices(): unknown[] {
  const at = new Date();
  const [tariff, policy] = [currentTariff(CITY, at), currentPolicy(CITY, at)];
  return Array.from({ length: PRICES }, (_unused, index) => {
    const vehicleClass = vehicleClasses[index % vehicleClasses.length] ?? 'economy';
    const inputs = { distanceM: 900 + index * 310, durationS: 200 + index * 37 };
    const surgeBasisPoints = index % 5 === 0 ? 13_000 : NO_SURGE_BASIS_POINTS;
    const { breakdown, fare } = quoteFare(tariff, { ...inputs, surgeBasisPoints, vehicleClass });
    const fees = breakdown
      .filter(({ kind }) => kind === 'booking_fee')
      .reduce((sum, line) => sum + line.amount.amount, 0);
    return {
      ...{ number: index, vehicle_class: vehicleClass, distance_m: inputs.distanceM, duration_s: inputs.durationS },
      ...{ surge: surgeBasisPoints, tariff: tariff.version, policy: policy.version, breakdown, fare: fare.amount },
      ...{ share_driver: splitFare(policy, fare, breakdown).driver.amount, share_booking_fee: fees },
      fee: policy.cancellation.feeMinor,
      fee_driver: splitFare(policy, { amount: policy.cancellation.feeMinor, currency: fare.currency }, [
        { kind: 'cancellation_fee', amount: { amount: policy.cancellation.feeMinor, currency: fare.currency } },
      ]).driver.amount,
    };
  });
}

const HELPERS = `
  create function pg_temp.id_of(kind text, number bigint, at timestamptz) returns uuid language sql stable as $$
    select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(kind || number), 1, 3)
      || '8' || substr(md5(kind || number), 4, 15))::uuid
  $$;
  create function pg_temp.iso(at timestamptz) returns text language sql stable as $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  $$;
  create function pg_temp.eur(amount bigint) returns jsonb language sql stable as $$
    select jsonb_build_object('amount', amount, 'currency', 'EUR')
  $$`;

// of a hundred trips one expires, three are withdrawn, three cost a fee; of the others one in nine is paid in cash
const RIDES = `
  create temp table ride on commit drop as
  select n, pg_temp.id_of('trip', n, at) as id, pg_temp.id_of('quote', n, at - interval '30 seconds') as quote_id,
    pg_temp.id_of('payment', n, at) as payment_id, rider, rider_id, method_id,
    case when ended <> 'expired' and ended <> 'withdrawn' then driver end as driver,
    case when ended <> 'expired' and ended <> 'withdrawn' then driver_id end as driver_id,
    pg_temp.id_of('offer', n, at + interval '5 seconds') as offer_id,
    ended, at, ended_at, price.*, 0::bigint as turn
  from (
    select n, rider, driver, pg_temp.id_of('user', rider, $3) as rider_id, pg_temp.id_of('user', 1000000000 + driver, $3) as driver_id,
      case when n % 9 <> 4 or ended in ('fee', 'withdrawn', 'expired') then pg_temp.id_of('method', rider, $3) end as method_id,
      ended, at, at + case ended when 'expired' then interval '120 seconds' when 'withdrawn' then interval '20 seconds'
        when 'fee' then interval '400 seconds' else interval '900 seconds' end as ended_at
    from (
      select n, n % greatest(1, $1 / 12) as rider, n % greatest(1, $1 / 400) as driver,
        date_trunc('milliseconds', clock_timestamp() - $2 * interval '1 second' + n * ($2 - 7200) / $1 * interval '1 second') as at,
        case when n % 100 = 7 then 'expired' when n % 100 in (11, 12, 13) then 'withdrawn' when n % 100 in (23, 24, 25) then 'fee'
          else 'completed' end as ended
      from generate_series(0, $1::bigint - 1) as n) numbered) placed
  join jsonb_to_recordset($4::jsonb) as price (number bigint, vehicle_class text, distance_m int, duration_s int, surge int, tariff text,
    policy text, breakdown jsonb, fare bigint, share_driver bigint, share_booking_fee bigint, fee bigint, fee_driver bigint)
    on price.number = placed.n % ${String(PRICES)}`;

const TURNS = `
  update ride set turn = counted.turn
  from (select n, row_number() over (partition by driver order by at, n) as turn from ride where driver is not null) counted
  where counted.n = ride.n`;

const NEWS = `
  create temp table news (
    topic text, place bigint, key text, type text, event_id uuid, stream text, sequence bigint, at timestamptz, data jsonb
  ) on commit drop`;

const POINT = (n: string, lat: number) =>
  `jsonb_build_object('lat', ${String(lat)} + (${n} % 100) / 1000.0, 'lng', -8.6 + (${n} % 90) / 1000.0)`;
const FACTS = `jsonb_build_object('tripId', id, 'riderId', rider_id, 'quoteId', quote_id, 'zone', '${CITY}',
  'pickup', ${POINT('n', 41.15)}, 'destination', ${POINT('n', 41.2)}, 'stops', '[]'::jsonb, 'vehicleClass', vehicle_class,
  'distanceM', distance_m, 'durationS', duration_s, 'surgeBasisPoints', surge, 'tariffVersion', tariff, 'policyVersion', policy,
  'fare', pg_temp.eur(fare), 'breakdown', breakdown, 'paymentMethodId', method_id, 'requestedAt', pg_temp.iso(at),
  'searchUntil', pg_temp.iso(at + interval '120 seconds'), 'expiresBy', pg_temp.iso(at + interval '135 seconds'),
  'requestTrace', null)`;

/** The steps of a trip: when, what is kept of it, and what is published of it. */
const STEPS = `
  create temp table step on commit drop as
  select ride.n, id as trip_id, version, type, moment, pg_temp.id_of(type, ride.n, moment) as event_id,
    kept || jsonb_build_object('type', type, 'at', pg_temp.iso(moment)) as kept, told
  from ride cross join lateral (
    values
      (1, 'requested', at, true, jsonb_build_object('facts', ${FACTS}),
        ${FACTS} - 'policyVersion' - 'searchUntil' - 'expiresBy' - 'requestTrace'),
      (2, 'accepted', at + interval '10 seconds', driver is not null,
        jsonb_build_object('driverId', driver_id, 'offerId', offer_id, 'slotEpoch', turn * 3,
          'arriveBy', pg_temp.iso(at + interval '2000 seconds')),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', driver_id, 'offerId', offer_id, 'slotEpoch', turn * 3,
          'acceptedAt', pg_temp.iso(at + interval '10 seconds'))),
      (3, 'arrived', at + interval '300 seconds', ended = 'completed',
        jsonb_build_object('startBy', pg_temp.iso(at + interval '2100 seconds')),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', driver_id, 'arrivedAt', pg_temp.iso(at + interval '300 seconds'))),
      (4, 'started', at + interval '330 seconds', ended = 'completed',
        jsonb_build_object('rideBy', pg_temp.iso(at + interval '30000 seconds')),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', driver_id, 'startedAt', pg_temp.iso(at + interval '330 seconds'))),
      (5, 'completed', ended_at, ended = 'completed',
        jsonb_build_object('lines', breakdown, 'total', pg_temp.eur(fare)),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', driver_id, 'offerId', offer_id, 'paymentMethodId', method_id,
          'quoteId', quote_id, 'quoted', pg_temp.eur(fare), 'lines', breakdown, 'total', pg_temp.eur(fare), 'distanceM', distance_m,
          'durationS', duration_s, 'tariffVersion', tariff, 'completedAt', pg_temp.iso(ended_at))),
      (3, 'cancelled', ended_at, ended = 'fee',
        jsonb_build_object('from', 'accepted', 'by', 'rider', 'reason', 'rider_cancelled', 'fee', pg_temp.eur(fee)),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', driver_id, 'offerId', offer_id, 'paymentMethodId', method_id,
          'from', 'accepted', 'cancelledBy', 'rider', 'reason', 'rider_cancelled', 'fee', pg_temp.eur(fee), 'policyVersion', policy,
          'acceptedAt', pg_temp.iso(at + interval '10 seconds'), 'arrivedAt', null, 'cancelledAt', pg_temp.iso(ended_at))),
      (2, 'cancelled', ended_at, ended = 'withdrawn',
        jsonb_build_object('from', 'requested', 'by', 'rider', 'reason', 'rider_cancelled', 'fee', pg_temp.eur(0)),
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'driverId', null, 'offerId', null, 'paymentMethodId', method_id,
          'from', 'requested', 'cancelledBy', 'rider', 'reason', 'rider_cancelled', 'fee', pg_temp.eur(0), 'policyVersion', policy,
          'acceptedAt', null, 'arrivedAt', null, 'cancelledAt', pg_temp.iso(ended_at))),
      (2, 'expired', ended_at, ended = 'expired', '{}'::jsonb,
        jsonb_build_object('tripId', id, 'riderId', rider_id, 'paymentMethodId', method_id, 'expiredAt', pg_temp.iso(ended_at)))
  ) as steps (version, type, moment, happens, kept, told)
  where happens`;

const TRIPS = [
  `insert into trip.quotes (id, rider_id, inputs, signature, expires_at)
   select quote_id, rider_id, jsonb_build_object('quoteId', quote_id, 'riderId', rider_id, 'cityId', '${CITY}', 'distanceM', distance_m,
     'durationS', duration_s, 'tariffVersion', tariff, 'surgeBasisPoints', surge), 'planted', at + interval '270 seconds' from ride`,
  `insert into trip.trips (id, version, status, changed_at, rider_id, quote_id, zone, pickup, destination, stops, vehicle_class,
     distance_m, duration_s, surge_basis_points, tariff_version, policy_version, currency, fare_amount, breakdown, payment_method_id,
     requested_at, search_until, expires_by, driver_id, offer_id, slot_epoch, accepted_at, arrive_by, arrived_at, start_by, started_at,
     ride_by, completed_at, lines, total_amount, cancelled_at, cancelled_from, cancelled_by, cancel_reason, fee_amount, expired_at)
   select id, case ended when 'completed' then 5 when 'fee' then 3 else 2 end,
     case ended when 'fee' then 'cancelled' when 'withdrawn' then 'cancelled' else ended end, ended_at, rider_id, quote_id, '${CITY}',
     ${POINT('n', 41.15)}, ${POINT('n', 41.2)}, '[]', vehicle_class, distance_m, duration_s, surge, tariff, policy, 'EUR', fare, breakdown,
     method_id, at, at + interval '120 seconds', at + interval '135 seconds', driver_id, case when driver is not null then offer_id end,
     case when driver is not null then turn * 3 end, case when driver is not null then at + interval '10 seconds' end,
     case when driver is not null then at + interval '2000 seconds' end,
     case when ended = 'completed' then at + interval '300 seconds' end, case when ended = 'completed' then at + interval '2100 seconds' end,
     case when ended = 'completed' then at + interval '330 seconds' end, case when ended = 'completed' then at + interval '30000 seconds' end,
     case when ended = 'completed' then ended_at end, case when ended = 'completed' then breakdown end,
     case when ended = 'completed' then fare end, case when ended in ('fee', 'withdrawn') then ended_at end,
     case ended when 'fee' then 'accepted' when 'withdrawn' then 'requested' end, case when ended in ('fee', 'withdrawn') then 'rider' end,
     case when ended in ('fee', 'withdrawn') then 'rider_cancelled' end, case ended when 'fee' then fee when 'withdrawn' then 0 end,
     case when ended = 'expired' then ended_at end
   from ride`,
  `insert into trip.trip_events (trip_id, version, event_id, type, at, data)
   select trip_id, version, event_id, type, moment, kept from step`,
  `insert into news select 'trip.events', step.n, trip_id::text, 'trip.' || type, event_id, 'trip:' || trip_id, version, moment, told from step`,
  `insert into trip.dispatch_offers (offer_id, trip_id, driver_id, pickup_eta_s, made_at, outcome, expires_at)
   select offer_id, id, driver_id, 200, at + interval '5 seconds', 'reserved', at + interval '20 seconds' from ride where driver is not null`,
  `insert into trip.idempotency_keys (principal, route, key, payload_hash, status, token, lease_until, seed, at, response, created_at)
   select 'user:' || rider_id, 'requestTrip', 'planted-' || n, md5(n::text), 'done', gen_random_uuid(), at, n::text, at,
     jsonb_build_object('status', 201, 'headers', '{}'::jsonb, 'body', jsonb_build_object('id', id, 'status', 'requested', 'version', 1)), at
   from ride`,
];

const SLOT_EVENT = `jsonb_build_object('driverId', driver_id, 'state', state, 'reason', reason, 'epoch', epoch, 'tripId', trip_id,
  'offerId', offer, 'expiresAt', null, 'offer', null, 'vehicleClass', 'economy', 'position', null)`;
const DRIVERS = [
  `create temp table driver_of on commit drop as
   select driver as number, pg_temp.id_of('user', 1000000000 + driver, $1) as id, coalesce(max(turn), 0) as turns
   from (select driver, turn from ride where driver is not null) had group by driver`,
  `insert into driver.drivers (driver_id, license_hash, license_last4, make, model, year, plate, color, vehicle_class, verification,
     version, registered_at)
   select id, md5(number::text), '0000', 'Make', 'Model', 2024, 'AA-00-AA', 'white', 'economy', 'verified', 7, $1 from driver_of`,
  `insert into driver.driver_documents (document_id, driver_id, type, state, number_hash, number_last4, expires_on, submitted_at, reviewed_at)
   select pg_temp.id_of(type, number, $1), id, type, 'approved', md5(type || number), '0000', '2100-12-31', $1, $1
   from driver_of cross join unnest(array['driving_license', 'vehicle_registration', 'insurance']) as type`,
  `insert into news
   select 'driver.events', number, id::text, 'driver.registered', pg_temp.id_of('driver.1', number, $1), 'driver:' || id, 1, $1,
     jsonb_build_object('driverId', id, 'vehicleClass', 'economy') from driver_of
   union all
   select 'driver.events', number, id::text, 'driver.document_' || case when turn <= 3 then 'submitted' else 'reviewed' end,
     pg_temp.id_of('driver.doc' || turn, number, $1), 'driver:' || id, turn + 1, $1,
     jsonb_build_object('driverId', id, 'documentId', pg_temp.id_of(type, number, $1), 'documentType', type,
       'verification', case turn when 6 then 'verified' when 5 then 'pending' when 4 then 'pending' when 3 then 'pending' else 'incomplete' end)
     || case when turn <= 3 then jsonb_build_object('expiresOn', '2100-12-31')
       else jsonb_build_object('outcome', 'approved', 'reason', null) end
   from driver_of cross join unnest(array['driving_license', 'vehicle_registration', 'insurance', 'driving_license', 'vehicle_registration',
     'insurance']) with ordinality as papers (type, turn)`,
  `insert into driver.account_standings (user_id) select id from driver_of`,
  `insert into driver.driver_slots (driver_id, vehicle_class, state, epoch, eligible_until, changed_at)
   select id, 'economy', 'available', 1 + 3 * turns, '2101-01-01T00:00:00Z', clock_timestamp() from driver_of`,
  `insert into driver.online_periods (driver_id, started_at) select id, $1 from driver_of`,
  `insert into driver.driver_positions (driver_id, lat, lng, recorded_at)
   select id, 41.15, -8.6, date_trunc('milliseconds', clock_timestamp()) from driver_of`,
  `insert into news
   select 'driver.events', number, driver_id::text, 'driver.status_changed', pg_temp.id_of('slot' || epoch, number, moment),
     'slot:' || driver_id, epoch, moment, ${SLOT_EVENT}
   from (
     select number, id as driver_id, 1 as epoch, $1::timestamptz as moment, 'available' as state, 'went_available' as reason,
       null::uuid as trip_id, null::uuid as offer from driver_of
     union all
     select driver, driver_id, turn * 3 - 2 + change, at + change * interval '5 seconds', state, reason, id, offer_id
     from ride cross join (values (1, 'offered', 'offered'), (2, 'assigned', 'accepted'), (3, 'available', 'trip_ended')) changes (change, state, reason)
     where driver is not null) changes`,
  `insert into driver.offers (offer_id, driver_id, trip_id, rider_id, state, pickup_lat, pickup_lng, destination_lat, destination_lng,
     fare, earnings, fare_currency, earnings_currency, pickup_eta_s, expires_at, made_at, ended_at)
   select offer_id, driver_id, id, rider_id, 'accepted', 41.15, -8.6, 41.2, -8.6, fare, share_driver, 'EUR', 'EUR', 200,
     at + interval '20 seconds', at + interval '5 seconds', at + interval '10 seconds' from ride where driver is not null`,
  `insert into driver.driver_tallies (driver_id, completed, cancelled)
   select driver_id, count(*) filter (where ended = 'completed'), count(*) filter (where ended = 'fee') from ride
   where driver is not null group by 1`,
  `insert into driver.driver_earnings (driver_id, currency, amount)
   select driver_id, 'EUR', sum(case ended when 'completed' then share_driver else fee_driver end) from ride where driver is not null group by 1`,
];

// what is to be taken, and how it is divided
const TAKEN = `
  create temp table taken on commit drop as
  select *, case ended when 'completed' then fare when 'fee' then fee else 0 end as amount,
    case ended when 'completed' then share_driver when 'fee' then fee_driver else 0 end as to_driver,
    case ended when 'completed' then share_booking_fee else 0 end as to_booking,
    pg_temp.id_of('journal', n, ended_at) as journal_id, pg_temp.id_of('capture', n, ended_at) as capture_id,
    pg_temp.id_of('hold', n, at) as hold_id
  from ride`;
const LINES = `
  (values (1, case when method_id is null then 'cash:driver:' || driver_id else 'gateway:sandbox:clearing' end, amount),
    (2, 'driver:' || driver_id || ':payable', -to_driver), (3, 'platform:booking_fees', -to_booking),
    (4, 'platform:commission', to_driver + to_booking - amount)) as lines (line, account, minor)`;
const SUBJECT = `jsonb_build_object('paymentId', payment_id, 'tripId', id, 'riderId', rider_id)`;
const PAYMENTS = [
  `insert into payment.payment_methods (id, rider_id, gateway, token, brand, last4, is_default, created_at)
   select distinct on (rider) pg_temp.id_of('method', rider, $1), rider_id, 'sandbox', 'tok_ok', 'visa', '4242', true, $1 from ride`,
  `insert into payment.payments (id, trip_id, rider_id, driver_id, kind, method_id, status, goal, currency, goal_amount, authorized, captured,
     refund_reserved, refunded, outstanding, share_driver, share_booking_fee, booked_driver, booked_booking_fee, returned_driver,
     returned_booking_fee, version, cause_id, trace, created_at, updated_at)
   select payment_id, id, rider_id, case when amount > 0 then driver_id end, case ended when 'fee' then 'cancellation_fee' else 'fare' end,
     method_id, case when amount > 0 then 'captured' else 'voided' end, case when amount > 0 then 'capture' else 'void' end, 'EUR',
     case when amount > 0 then amount else fare end, case when method_id is null then amount else fare end, amount, 0, 0, 0,
     to_driver, to_booking, to_driver, to_booking, 0, 0, case when method_id is null then 1 else 2 end, 'planted', '{}', at, ended_at
   from taken`,
  `insert into payment.payment_ops (id, payment_id, op, attempt, state, psp_key, amount, goal, method_id, target_ref, reference, sends,
     sent_at, created_at)
   select hold_id, payment_id, 'hold', 1, 'done', 'hold-' || n, fare, 'hold', method_id, null, 'ref-hold-' || n, 1, at, at
   from taken where method_id is not null
   union all
   select capture_id, payment_id, case when amount > 0 then 'capture' else 'void' end, 1, 'done', 'end-' || n,
     case when amount > 0 then amount else fare end, case when amount > 0 then 'capture' else 'void' end, method_id,
     case when method_id is not null then 'ref-hold-' || n end, case when method_id is null then 'cash' else 'ref-end-' || n end, 1, ended_at, ended_at
   from taken`,
  `insert into payment.sandbox_operations (key, kind, reference, target_ref, amount, currency, state, created_at)
   select 'hold-' || n, 'authorize', 'ref-hold-' || n, null, fare, 'EUR', 'done', at from taken where method_id is not null
   union all
   select 'end-' || n, case when amount > 0 then 'capture' else 'void' end, 'ref-end-' || n, 'ref-hold-' || n,
     case when amount > 0 then amount else fare end, 'EUR', 'done', ended_at from taken where method_id is not null`,
  `insert into payment.ledger_journals (id, op_id, payment_id, kind, booked_at)
   select journal_id, capture_id, payment_id, 'capture', ended_at from taken where amount > 0`,
  `create temp table entry on commit drop as
   select n, journal_id, row_number() over (partition by n order by line) as line, account, minor
   from taken cross join lateral ${LINES} where amount > 0 and minor <> 0`,
  `insert into payment.ledger_entries (journal_id, line, account, amount, currency) select journal_id, line, account, minor, 'EUR' from entry`,
  `insert into news
   select 'payment.events', n, id::text, 'payment.authorized', pg_temp.id_of('authorized', n, at), 'payment:' || payment_id, 1,
     at + interval '1 second', ${SUBJECT} || jsonb_build_object('amount', pg_temp.eur(fare))
   from taken where method_id is not null
   union all
   select 'payment.events', n, id::text, 'payment.voided', pg_temp.id_of('voided', n, ended_at), 'payment:' || payment_id, 2, ended_at, ${SUBJECT}
   from taken where amount = 0
   union all
   select 'payment.events', taken.n, id::text, 'payment.captured', pg_temp.id_of('captured', taken.n, ended_at), 'payment:' || payment_id,
     case when method_id is null then 1 else 2 end, ended_at, ${SUBJECT} || jsonb_build_object('driverId', driver_id,
       'kind', case ended when 'fee' then 'cancellation_fee' else 'fare' end, 'method', case when method_id is null then 'cash' else 'card' end,
       'amount', pg_temp.eur(amount), 'driverShare', pg_temp.eur(to_driver),
       'journal', jsonb_build_object('journalId', journal_id, 'lines', booked.lines))
   from taken join (select n, jsonb_agg(jsonb_build_object('account', account, 'amount', pg_temp.eur(minor)) order by line) as lines
     from entry group by n) booked on booked.n = taken.n`,
];

const PEOPLE = [
  `create temp table person on commit drop as
   select distinct on (id) id, number, roles from (
     select rider_id as id, rider as number, array['rider'] as roles from ride
     union all select id, number, array['rider', 'driver'] from driver_of) people`,
  `insert into "user".accounts (id, version, email, first_name, last_name, language, currency, notify_by_email, notify_by_sms, notify_by_push,
     accessibility, roles, status, created_at, updated_at)
   select id, 1, id || '@example.com', 'Pat', 'Planted', 'en', 'EUR', true, true, true, '{}', roles, 'active', $1, $1 from person`,
  `insert into notification.contacts (user_id, email, first_name, language, wants_email, wants_sms, wants_push, active, version)
   select id, id || '@example.com', 'Pat', 'en', true, true, true, true, 1 from person`,
  `insert into news
   select 'user.events', number, id::text, 'user.registered', pg_temp.id_of('registered' || id, number, $1), 'user:' || id, 1, $1,
     jsonb_build_object('userId', id, 'email', id || '@example.com', 'firstName', 'Pat', 'lastName', 'Planted', 'phone', null, 'roles', roles,
       'status', 'active', 'language', 'en', 'notifications', jsonb_build_object('email', true, 'sms', true, 'push', true))
   from person`,
];

const MESSAGES = [
  `create temp table message on commit drop as
   select step.n, pg_temp.id_of('message' || step.type, step.n, moment) as id, ride.rider_id as user_id, trip_id, event_id, moment,
     case step.type when 'accepted' then 'trip_accepted' when 'arrived' then 'driver_arrived' else 'trip_completed' end as kind
   from step join ride on ride.n = step.n where step.type in ('accepted', 'arrived', 'completed')`,
  `insert into notification.messages (id, user_id, kind, channel, template, title, body, trip_id, about_event_id, correlation_id, state, next_at,
     created_at, sent_at)
   select id, user_id, kind, 'inbox', kind || '.rider.en', 'Your ride', 'Something happened on your ride.', trip_id, event_id, trip_id::text,
     'sent', moment, moment, moment from message`,
  `insert into news
   select 'notification.events', n, user_id::text, 'notification.sent', id, 'message:' || id, 1, moment, jsonb_build_object('messageId', id,
     'userId', user_id, 'kind', kind, 'channel', 'inbox', 'template', kind || '.rider.en', 'tripId', trip_id, 'aboutEventId', event_id)
   from message`,
  `insert into trip.timeline_entries (trip_id, event_id, type, kind, at, stream, sequence, data)
   select (data ->> 'tripId')::uuid, event_id, type, case when topic = 'driver.events' then 'slot' when topic = 'payment.events' then 'payment'
       else 'notification' end, at, stream, sequence, data - array['tripId', 'journal', 'offer', 'vehicleClass', 'position']
   from news where topic <> 'trip.events' and data ->> 'tripId' is not null`,
];

const LOG = [
  `insert into event_log.log_topics (topic, partitions, retention_h)
   select 'rideshare.' || topic, 4, 168 from unnest(array['user.events', 'driver.events', 'driver.locations', 'trip.events', 'payment.events',
     'notification.events']) as topic on conflict do nothing`,
  `insert into event_log.log_partitions (topic, partition)
   select topic, partition from event_log.log_topics cross join generate_series(0, 3) as partition on conflict do nothing`,
  `insert into event_log.records (topic, partition, log_offset, key, type, event_id, headers, envelope, appended_at)
   select 'rideshare.' || topic, place % 4, row_number() over (partition by topic, place % 4 order by at, stream, sequence) - 1, key, type, event_id,
     jsonb_build_object('traceparent', '00-' || md5(key) || '-' || left(md5(type), 16) || '-01'),
     jsonb_build_object('id', event_id, 'type', type, 'version', 1, 'stream', stream, 'sequence', sequence, 'occurredAt', pg_temp.iso(at),
       'source', split_part(topic, '.', 1), 'correlationId', coalesce(data ->> 'tripId', event_id::text), 'causationId', event_id, 'data', data), at
   from news`,
  `update event_log.log_partitions partitions set next = counted.records
   from (select topic, partition, count(*) as records from event_log.records group by 1, 2) counted
   where counted.topic = partitions.topic and counted.partition = partitions.partition`,
  `insert into event_log.consumer_groups (group_name, owner, until) select group_name, 'planted', '-infinity' from (values ('driver'), ('payment')) planted (group_name)`,
  `insert into event_log.consumer_offsets (group_name, topic, partition, next_offset)
   select groups.group_name, topic, partition, next from event_log.log_partitions cross join event_log.consumer_groups groups
   where topic = 'rideshare.trip.events' or groups.group_name = 'driver' and topic in ('rideshare.payment.events', 'rideshare.user.events')`,
  ...['driver', 'payment'].map(
    (group) => `insert into ${group}.consumer_counts (group_name, topic, consumed, applied)
      select group_name, substr(topic, 11), sum(next_offset), sum(next_offset) from event_log.consumer_offsets
      where group_name = '${group}' group by 1, 2`,
  ),
];

/** Plants `trips` trips, and the drivers, riders, payments, messages and events that belong to them. */
export async function plantCity(run: Run, trips: number): Promise<void> {
  const began = new Date(Math.floor(Date.now() / 1_000) * 1_000 - PAST_S * 1_000 - 3_600_000);
  const each = async (texts: readonly string[]): Promise<void> => {
    for (const text of texts) await run(text, text.includes('$1') ? [began] : []);
  };
  // the triggers of the services guard single steps; the constraints, which guard the result, stay
  await run(`set local session_replication_role = 'replica'`);
  await each(HELPERS.split(/;\s*(?=create)/));
  await run(RIDES, [trips, PAST_S, began, JSON.stringify(prices())]);
  await each([TURNS, NEWS, STEPS, ...TRIPS, ...DRIVERS, TAKEN, ...PAYMENTS, ...PEOPLE, ...MESSAGES, ...LOG]);
}
