-- The slot: what a driver has to give. Every change of state raises epoch by one; flags do not.
create table driver_slots (
  driver_id uuid primary key references drivers (driver_id),
  vehicle_class text not null,
  state text not null default 'offline' check (state in ('offline', 'available', 'offered', 'assigned')),
  trip_id uuid,
  offer_id uuid,
  epoch integer not null default 0 check (epoch >= 0),
  expires_at timestamptz,
  eligible_until timestamptz,
  suspended boolean not null default false,
  pending_offline boolean not null default false,
  settled boolean not null default false,
  changed_at timestamptz not null,
  -- when the sweep last asked the trip service about an assignment
  checked_at timestamptz,
  constraint driver_slots_holds_a_trip check ((state in ('offered', 'assigned')) = (trip_id is not null)),
  constraint driver_slots_holds_an_offer check ((trip_id is null) = (offer_id is null)),
  constraint driver_slots_offer_expires check ((state = 'offered') = (expires_at is not null))
) with (fillfactor = 70);
-- the last wall: overlapping dispatchers cannot give a trip to two drivers
create unique index driver_slots_one_per_trip on driver_slots (trip_id) where trip_id is not null;
create index driver_slots_offered on driver_slots (expires_at) where state = 'offered';
create index driver_slots_assigned on driver_slots (changed_at) where state = 'assigned';
create index driver_slots_online on driver_slots (state) where state <> 'offline';

create function guard_slot_epoch() returns trigger language plpgsql as $$
begin
  if new.state is distinct from old.state or new.trip_id is distinct from old.trip_id
    or new.offer_id is distinct from old.offer_id then
    if new.epoch <> old.epoch + 1 then
      raise exception 'the epoch of slot % must rise by one with its state', old.driver_id using errcode = '23514';
    end if;
  elsif new.epoch <> old.epoch then
    raise exception 'the epoch of slot % rises only with its state', old.driver_id using errcode = '23514';
  end if;
  return new;
end $$;
create trigger driver_slots_epoch before update on driver_slots for each row execute function guard_slot_epoch();

create table offers (
  offer_id uuid primary key,
  driver_id uuid not null,
  trip_id uuid not null,
  rider_id uuid not null,
  state text not null default 'open' check (state in ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  pickup_lat double precision not null,
  pickup_lng double precision not null,
  destination_lat double precision not null,
  destination_lng double precision not null,
  fare bigint not null,
  earnings bigint not null,
  fare_currency text not null,
  earnings_currency text not null,
  pickup_eta_s integer not null,
  expires_at timestamptz not null,
  made_at timestamptz not null,
  ended_at timestamptz,
  constraint offers_ended check ((state = 'open') = (ended_at is null))
);
create unique index offers_open_of_driver on offers (driver_id) where state = 'open';
create unique index offers_open_of_trip on offers (trip_id) where state = 'open';
create index offers_of_driver on offers (driver_id, trip_id);

-- From the first change away from offline to the next one back.
create table online_periods (
  driver_id uuid not null references drivers (driver_id),
  started_at timestamptz not null,
  ended_at timestamptz
);
create index online_periods_of on online_periods (driver_id);
create unique index online_periods_open on online_periods (driver_id) where ended_at is null;
