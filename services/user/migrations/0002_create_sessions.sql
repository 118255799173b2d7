create table sessions (
  id uuid primary key,
  account_id uuid not null references accounts,
  opened_at timestamptz not null,
  -- when a token of it was issued last
  refreshed_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text check (end_reason in ('signed_out', 'reused', 'suspended', 'deactivated', 'superseded')),
  check ((ended_at is null) = (end_reason is null))
);
create index sessions_of_account on sessions (account_id, refreshed_at) where ended_at is null;
create index sessions_by_refresh on sessions (refreshed_at) where ended_at is null;
create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_end on sessions (ended_at) where ended_at is not null;

create table refresh_tokens (
  hash text primary key,
  session_id uuid not null references sessions on delete cascade,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  -- a digest of the client that exchanged it
  used_by text,
  successor_hash text unique,
  check ((used_at is null) = (used_by is null) and (used_at is null) = (successor_hash is null))
);
-- a session never forks: of its tokens at most one can still be exchanged, whatever races
create unique index refresh_tokens_one_unused on refresh_tokens (session_id) where used_at is null;
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);
