-- Tokens of payment gateways. A card number never comes this far.
create table payment_methods (
  id uuid primary key,
  rider_id uuid not null,
  gateway text not null,
  -- forgotten when the method is removed
  token text,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  is_default boolean not null,
  created_at timestamptz not null,
  deleted_at timestamptz,
  check ((token is null) = (deleted_at is not null)),
  check (deleted_at is null or not is_default)
);

create index payment_methods_by_rider on payment_methods (rider_id, id) where deleted_at is null;
create unique index payment_methods_one_default on payment_methods (rider_id) where is_default;

-- What one trip costs one rider. Amounts are minor units of the one currency of the row.
create table payments (
  id uuid primary key,
  trip_id uuid not null constraint payments_one_per_trip unique,
  rider_id uuid not null,
  driver_id uuid,
  kind text not null check (kind in ('fare', 'cancellation_fee')),
  -- null: cash
  method_id uuid,
  status text not null check (
    status in ('pending', 'authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'failed', 'unknown')
  ),
  goal text not null check (goal in ('hold', 'capture', 'void')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  goal_amount bigint not null check (goal_amount >= 0),
  authorized bigint not null,
  captured bigint not null,
  refund_reserved bigint not null,
  refunded bigint not null,
  outstanding bigint not null check (outstanding >= 0),
  share_driver bigint not null,
  share_booking_fee bigint not null,
  booked_driver bigint not null,
  booked_booking_fee bigint not null,
  returned_driver bigint not null,
  returned_booking_fee bigint not null,
  version int not null check (version >= 0),
  cause_id text not null,
  trace jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null default clock_timestamp(),
  -- when the trip was last asked whether it is still going on
  asked_at timestamptz not null default clock_timestamp(),
  constraint payments_captured_within_authorized check (captured >= 0 and captured <= authorized),
  constraint payments_refunded_within_captured check (
    refunded >= 0 and refunded <= refund_reserved and refund_reserved <= captured
  )
);

create index payments_outstanding on payments (rider_id) where outstanding > 0;
create index payments_holding on payments (asked_at) where goal = 'hold';
create index payments_open_by_method on payments (method_id)
  where status in ('pending', 'authorized', 'unknown');
create index payments_active on payments (status) where status in ('pending', 'authorized', 'unknown');

-- The goal leaves `hold` once, and a payment keeps its trip, its rider and its currency.
create function keep_payment_goal() returns trigger language plpgsql as $$
begin
  if old.goal <> 'hold' and new.goal <> old.goal then
    raise exception 'the goal of a payment is set once' using errcode = 'check_violation';
  end if;
  if (new.id, new.trip_id, new.rider_id, new.currency) is distinct from (old.id, old.trip_id, old.rider_id, old.currency)
  then
    raise exception 'a payment keeps its trip, its rider and its currency' using errcode = 'check_violation';
  end if;
  if new.version < old.version then
    raise exception 'the version of a payment only rises' using errcode = 'check_violation';
  end if;
  return new;
end $$;

create trigger payments_keep_goal before update on payments
  for each row execute function keep_payment_goal();

-- Refunds, each made of one operation per capture that it takes from.
create table refunds (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  amount bigint not null check (amount > 0),
  done bigint not null check (done >= 0 and done <= amount),
  status text not null check (status in ('pending', 'done', 'failed')),
  reason text not null,
  requested_by text not null,
  created_at timestamptz not null default clock_timestamp()
);

create index refunds_by_payment on refunds (payment_id);

-- The tries of a rider to pay what a trip left outstanding; the id is the request's.
create table debt_payments (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  attempt int not null check (attempt > 0),
  method_id uuid not null,
  amount bigint not null check (amount > 0),
  state text not null check (state in ('open', 'paid', 'declined')),
  code text,
  created_at timestamptz not null default clock_timestamp(),
  unique (payment_id, attempt)
);

create unique index debt_payments_one_open on debt_payments (payment_id) where state = 'open';
create unique index debt_payments_one_paid on debt_payments (payment_id) where state = 'paid';

-- The calls to the gateway: what is planned, under way, in doubt and settled.
create table payment_ops (
  id uuid primary key,
  -- the order of planning
  position bigint generated always as identity,
  payment_id uuid not null references payments (id),
  op text not null check (
    op in ('hold', 'increment', 'capture', 'void', 'refund', 'debt_hold', 'debt_capture', 'release', 'return')
  ),
  attempt int not null check (attempt > 0),
  state text not null check (state in ('planned', 'sent', 'unknown', 'done', 'failed')),
  psp_key text not null constraint payment_ops_psp_key unique,
  amount bigint not null check (amount >= 0),
  goal text not null check (goal in ('hold', 'capture', 'void')),
  method_id uuid,
  target_ref text,
  refund_id uuid references refunds (id),
  reference text,
  code text,
  -- how often the key was sent, and how often the gateway was asked about it since
  sends int not null default 0,
  queries int not null default 0,
  sent_at timestamptz,
  -- planned or in doubt: not before; sent: whoever has it must be done by lease_until
  next_at timestamptz not null default clock_timestamp(),
  lease_until timestamptz,
  -- given up for lack of an answer, and asked about once more
  recheck_at timestamptz,
  -- trace context of what asked for it; the call continues it
  trace jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  unique (payment_id, op, attempt),
  check ((state = 'done') <= (reference is not null)),
  check ((state = 'failed') = (code is not null))
);

create index payment_ops_by_payment on payment_ops (payment_id, position);
create index payment_ops_due on payment_ops (next_at) where state in ('planned', 'unknown');
create index payment_ops_leased on payment_ops (lease_until) where state = 'sent';
create index payment_ops_recheck on payment_ops (recheck_at) where recheck_at is not null;
-- the last walls: one hold, one capture, one void; one call under way
create unique index payment_ops_one_effect on payment_ops (payment_id, op)
  where op in ('hold', 'capture', 'void') and state <> 'failed';
create unique index payment_ops_one_debt_capture on payment_ops (payment_id)
  where op = 'debt_capture' and state <> 'failed';
create unique index payment_ops_one_unresolved on payment_ops (payment_id) where state in ('sent', 'unknown');

-- Events of the gateway that were taken in; each has its effect once.
create table webhook_events (
  gateway text not null,
  event_id text not null,
  psp_key text,
  received_at timestamptz not null default clock_timestamp(),
  primary key (gateway, event_id)
);
