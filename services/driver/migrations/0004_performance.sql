-- Counted from trip events; offers and online time are read from their own tables.
create table driver_tallies (
  driver_id uuid primary key,
  completed integer not null default 0,
  cancelled integer not null default 0,
  cancelled_by_driver integer not null default 0,
  stars_sum integer not null default 0,
  ratings integer not null default 0
);

-- From captured and refunded payments, in minor units.
create table driver_earnings (
  driver_id uuid not null,
  currency text not null,
  amount bigint not null,
  primary key (driver_id, currency)
);

-- The riders who may see a driver: those whose trip they took.
create table driver_riders (
  driver_id uuid not null,
  rider_id uuid not null,
  trip_id uuid not null,
  primary key (driver_id, rider_id)
);
