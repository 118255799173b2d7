-- The offers that the dispatcher made: written before they go out, settled by the slots' verdict.
create table dispatch_offers (
  offer_id uuid primary key,
  trip_id uuid not null,
  driver_id uuid not null,
  pickup_eta_s integer not null check (pickup_eta_s >= 0),
  made_at timestamptz not null,
  outcome text not null default 'planned' check (outcome in ('planned', 'reserved', 'refused')),
  reason text,
  expires_at timestamptz
);

create index dispatch_offers_by_trip on dispatch_offers (trip_id);
create index dispatch_offers_by_age on dispatch_offers using brin (made_at);

-- Why a driver did not get a trip: the latest verdict of each gate and how often it was given.
create table dispatch_verdicts (
  trip_id uuid not null,
  -- the nil UUID stands for the drivers beyond those that are kept one by one
  driver_id uuid not null,
  gate text not null,
  detail jsonb not null,
  times integer not null check (times >= 1),
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (trip_id, driver_id, gate)
);

create index dispatch_verdicts_by_age on dispatch_verdicts using brin (last_at);
