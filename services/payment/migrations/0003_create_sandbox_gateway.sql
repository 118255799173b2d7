-- The memory of the sandbox gateway, which plays a company of its own: it is written in transactions of its own, and no
-- other table refers to it.
create table sandbox_operations (
  -- the caller's key: a repeat of it is the same operation
  key text primary key,
  kind text not null check (kind in ('authorize', 'increment', 'capture', 'void', 'refund')),
  reference text not null unique,
  target_ref text,
  token text,
  amount bigint not null,
  currency text not null,
  -- `received`: it arrived and was lost, so a query does not find it
  state text not null check (state in ('received', 'done', 'refused')),
  code text,
  sends int not null default 1,
  created_at timestamptz not null default clock_timestamp()
);

create index sandbox_operations_by_target on sandbox_operations (target_ref) where target_ref is not null;
