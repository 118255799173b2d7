-- What other services told about a trip. The trip's own events and the dispatcher's records are read where they are.
create table timeline_entries (
  trip_id uuid not null,
  event_id uuid not null,
  type text not null,
  kind text not null check (kind in ('slot', 'payment', 'ledger', 'notification')),
  at timestamptz not null,
  stream text not null,
  sequence bigint not null,
  trace_id text,
  data jsonb not null,
  primary key (trip_id, event_id, type)
);
