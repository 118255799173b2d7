-- Events of committed changes that are not in the log yet. A row is deleted when it is published.
create table outbox (
  -- ids of one key follow its versions; across keys they commit in any order, so there is no "last id"
  id bigint generated always as identity primary key,
  shard smallint not null,
  topic text not null,
  key text not null,
  type text not null,
  event_id uuid not null unique,
  headers jsonb not null,
  envelope jsonb not null,
  created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index outbox_unsent on outbox (shard, id);
