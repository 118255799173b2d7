create table contacts (
  user_id uuid primary key,
  email text not null,
  first_name text not null,
  phone text,
  language text not null,
  wants_email boolean not null,
  wants_sms boolean not null,
  wants_push boolean not null,
  active boolean not null,
  version bigint not null
);

-- The id is a hash of event, person and channel: whatever is delivered twice finds its message here.
create table messages (
  id uuid primary key,
  user_id uuid not null,
  kind text not null,
  channel text not null check (channel in ('inbox', 'email', 'sms', 'push')),
  template text not null,
  title text not null,
  body text not null,
  trip_id uuid,
  about_event_id uuid not null,
  correlation_id text not null,
  state text not null check (state in ('pending', 'sent', 'failed', 'skipped')),
  attempts integer not null default 0,
  next_at timestamptz not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  read_at timestamptz,
  last_error text,
  unique (about_event_id, user_id, channel)
);

create index messages_inbox on messages (user_id, created_at desc, id desc) where channel = 'inbox';
create index messages_pending on messages (next_at) where state = 'pending';
