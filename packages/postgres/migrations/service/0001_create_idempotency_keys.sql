-- What became of every idempotent request, and the ids and time it was first tried with.
create table idempotency_keys (
  principal text not null,
  route text not null,
  key text not null,
  payload_hash text not null,
  status text not null check (status in ('running', 'done')),
  -- whoever holds the token may finish; a takeover swaps it
  token uuid not null,
  lease_until timestamptz not null,
  seed text not null,
  at timestamptz not null,
  response jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (principal, route, key),
  check ((status = 'done') = (response is not null))
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
