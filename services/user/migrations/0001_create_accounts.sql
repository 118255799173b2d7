create table accounts (
  id uuid primary key,
  version bigint not null check (version >= 1),
  email text not null check (length(email) between 3 and 254),
  first_name text not null,
  last_name text not null,
  phone text,
  language text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  notify_by_email boolean not null,
  notify_by_sms boolean not null,
  notify_by_push boolean not null,
  accessibility text[] not null,
  roles text[] not null
    check (roles <@ array['rider', 'driver', 'support', 'admin'] and roles @> array['rider']),
  status text not null check (status in ('active', 'suspended', 'deactivated')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- two addresses that differ only in case are one account, however many sign-ups run at once
create unique index accounts_email_key on accounts (lower(email));

-- apart from the account, so that nothing that reads an account can hand out a hash
create table credentials (
  account_id uuid primary key references accounts,
  password_hash text not null check (password_hash like '$argon2id$%'),
  changed_at timestamptz not null
);

create table account_audit (
  id uuid primary key,
  account_id uuid not null references accounts,
  action text not null check (action in ('suspended', 'suspension_lifted', 'deactivated', 'role_granted')),
  -- null stands for the platform itself
  actor_id uuid,
  reason text,
  at timestamptz not null
);
create index account_audit_account on account_audit (account_id, at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger account_audit_append_only before update or delete or truncate on account_audit
  execute function refuse_change();
