-- keys are digests: neither e-mail addresses nor network addresses are kept here
create table login_failures (
  scope text not null check (scope in ('pair', 'account')),
  key text not null,
  failures integer not null check (failures >= 1),
  last_failed_at timestamptz not null,
  blocked_until timestamptz not null,
  primary key (scope, key)
);
create index login_failures_by_age on login_failures (last_failed_at);

create table known_addresses (
  account_key text not null,
  address_key text not null,
  seen_at timestamptz not null,
  primary key (account_key, address_key)
);
create index known_addresses_by_age on known_addresses (seen_at);
