-- Which events have had their effect; the last wall against a second one.
create table inbox (
  group_name text not null,
  event_id uuid not null,
  processed_at timestamptz not null default clock_timestamp(),
  primary key (group_name, event_id)
);

create index inbox_by_age on inbox using brin (processed_at) with (autosummarize = on);

-- The last sequence of each stream that a group has gone past. Never deleted.
create table stream_heads (
  group_name text not null,
  stream text not null,
  sequence bigint not null,
  primary key (group_name, stream)
) with (fillfactor = 80);

-- Events that wait for one before them.
create table parked_events (
  group_name text not null,
  stream text not null,
  sequence bigint not null,
  event_id uuid not null,
  topic text not null,
  partition int not null,
  log_offset bigint not null,
  key text not null,
  headers jsonb not null,
  envelope jsonb not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (group_name, stream, sequence)
);

-- Events whose effect failed and will be tried again; those after them in their stream are parked.
create table event_retries (
  group_name text not null,
  event_id uuid not null,
  stream text not null,
  sequence bigint not null,
  topic text not null,
  partition int not null,
  log_offset bigint not null,
  key text not null,
  headers jsonb not null,
  envelope jsonb not null,
  attempts int not null,
  code text not null,
  message text not null,
  first_failed_at timestamptz not null,
  due_at timestamptz not null,
  primary key (group_name, event_id)
);

create index event_retries_due on event_retries (group_name, due_at);
create index event_retries_by_stream on event_retries (group_name, stream);

-- Events that were given up. `event_id` is null where not even that could be read.
create table dead_letters (
  id bigint generated always as identity primary key,
  group_name text not null,
  topic text not null,
  partition int not null,
  log_offset bigint not null,
  key text not null,
  type text not null,
  event_id uuid,
  stream text,
  sequence bigint,
  headers jsonb not null,
  envelope jsonb not null,
  code text not null,
  message text not null,
  attempts int not null,
  first_failed_at timestamptz not null,
  last_failed_at timestamptz not null default clock_timestamp()
);

create index dead_letters_by_group on dead_letters (group_name, id);

-- consumed = applied + skipped + parked + dead at every commit; `parked` counts what waits for a retry, too.
create table consumer_counts (
  group_name text not null,
  topic text not null,
  consumed bigint not null default 0,
  applied bigint not null default 0,
  skipped bigint not null default 0,
  parked bigint not null default 0,
  dead bigint not null default 0,
  primary key (group_name, topic),
  check (consumed = applied + skipped + parked + dead)
) with (fillfactor = 50);
