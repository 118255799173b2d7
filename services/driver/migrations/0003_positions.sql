-- The newest known position; written in batches, older ones never overwrite it.
create table driver_positions (
  driver_id uuid primary key references drivers (driver_id),
  lat double precision not null,
  lng double precision not null,
  recorded_at timestamptz not null,
  heading_deg double precision,
  speed_mps double precision,
  accuracy_m double precision
) with (fillfactor = 50);
