-- The trips: one row each, equal to the fold of its events. A row changes only under the version that was read.
create table trips (
  id uuid primary key,
  version integer not null check (version >= 1),
  status text not null check (
    status in ('requested', 'accepted', 'arrived', 'in_progress', 'completed', 'cancelled', 'expired')),
  changed_at timestamptz not null,

  rider_id uuid not null,
  quote_id uuid not null,
  zone text not null,
  pickup jsonb not null,
  destination jsonb not null,
  stops jsonb not null,
  vehicle_class text not null,
  distance_m integer not null check (distance_m >= 0),
  duration_s integer not null check (duration_s >= 0),
  surge_basis_points integer not null check (surge_basis_points >= 0),
  tariff_version text not null,
  policy_version text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  fare_amount bigint not null check (fare_amount >= 0),
  breakdown jsonb not null,
  -- null: cash
  payment_method_id uuid,
  requested_at timestamptz not null,
  search_until timestamptz not null,
  expires_by timestamptz not null,
  -- W3C trace context of the request; later spans of the trip link to it
  request_trace text,

  driver_id uuid,
  offer_id uuid,
  slot_epoch bigint,
  accepted_at timestamptz,
  arrive_by timestamptz,
  arrived_at timestamptz,
  start_by timestamptz,
  started_at timestamptz,
  ride_by timestamptz,

  completed_at timestamptz,
  lines jsonb,
  total_amount bigint check (total_amount >= 0),
  rider_rating jsonb,
  driver_rating jsonb,

  cancelled_at timestamptz,
  cancelled_from text,
  cancelled_by text check (cancelled_by in ('rider', 'driver', 'admin', 'system')),
  cancel_reason text,
  fee_amount bigint check (fee_amount >= 0),

  expired_at timestamptz,

  -- when the present state runs out; no end runs out
  due_at timestamptz,

  check ((due_at is null) = (status in ('completed', 'cancelled', 'expired'))),
  check (num_nulls(driver_id, offer_id, slot_epoch, accepted_at, arrive_by) in (0, 5)),
  check (
    case
      when status in ('requested', 'expired') then driver_id is null
      when status = 'cancelled' then true
      else driver_id is not null
    end),
  check ((status = 'completed') = (num_nulls(completed_at, lines, total_amount) = 0)),
  check ((status = 'cancelled') = (num_nulls(cancelled_at, cancelled_from, cancelled_by, cancel_reason, fee_amount) = 0)),
  check ((status = 'expired') = (expired_at is not null))
);

-- the claims: whatever else fails, nobody is on two trips
create unique index trips_one_open_per_rider on trips (rider_id)
  where status in ('requested', 'accepted', 'arrived', 'in_progress');
create unique index trips_one_open_per_driver on trips (driver_id)
  where status in ('accepted', 'arrived', 'in_progress');

-- the agenda: what the dispatcher takes up after a take-over, and what the sweep ends
create index trips_waiting on trips (requested_at) where status = 'requested';
create index trips_due on trips (due_at) where due_at is not null;

create index trips_by_rider on trips (rider_id, requested_at desc, id desc);
create index trips_by_driver on trips (driver_id, requested_at desc, id desc) where driver_id is not null;

-- What happened to each trip, as it was decided. Versions have no gaps; rows are never changed.
create table trip_events (
  trip_id uuid not null references trips (id),
  version integer not null,
  event_id uuid not null unique,
  type text not null,
  at timestamptz not null,
  trace_id text,
  data jsonb not null,
  primary key (trip_id, version)
);

-- Quotes: the inputs that every price is computed from, and the signature over them.
create table quotes (
  id uuid primary key,
  rider_id uuid not null,
  inputs jsonb not null,
  signature text not null,
  expires_at timestamptz not null
);

create index quotes_by_expiry on quotes (expires_at);

-- Tries at a start code; taken before the code is looked at.
create table start_code_attempts (
  trip_id uuid primary key,
  taken integer not null,
  locked_until timestamptz,
  created_at timestamptz not null default clock_timestamp()
);

create index start_code_attempts_by_age on start_code_attempts using brin (created_at);
