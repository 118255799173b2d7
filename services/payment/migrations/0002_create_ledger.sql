-- The double-entry ledger. A journal books one operation; its entries sum to zero in each currency, debits positive.
-- Nothing in it is ever changed: a mistake is booked against.
create table ledger_journals (
  id uuid primary key,
  op_id uuid not null constraint ledger_journals_one_per_op unique references payment_ops (id),
  payment_id uuid not null references payments (id),
  kind text not null check (kind in ('capture', 'refund', 'debt', 'debt_capture')),
  booked_at timestamptz not null default clock_timestamp(),
  -- entries come in the transaction of their journal and never later
  transaction_id xid8 not null default pg_current_xact_id()
);

create index ledger_journals_by_payment on ledger_journals (payment_id);

create table ledger_entries (
  journal_id uuid not null references ledger_journals (id),
  line int not null check (line > 0),
  account text not null,
  amount bigint not null check (amount <> 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  primary key (journal_id, line)
);

create index ledger_entries_by_account on ledger_entries (account, currency) include (amount);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
end $$;

create trigger ledger_journals_append_only before update or delete on ledger_journals
  for each row execute function refuse_ledger_change();
create trigger ledger_journals_keep before truncate on ledger_journals
  for each statement execute function refuse_ledger_change();
create trigger ledger_entries_append_only before update or delete on ledger_entries
  for each row execute function refuse_ledger_change();
create trigger ledger_entries_keep before truncate on ledger_entries
  for each statement execute function refuse_ledger_change();

create function refuse_late_entry() returns trigger language plpgsql as $$
begin
  if not exists (
    select from ledger_journals j where j.id = new.journal_id and j.transaction_id = pg_current_xact_id()
  ) then
    raise exception 'a journal is complete once it is committed' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create trigger ledger_entries_with_journal before insert on ledger_entries
  for each row execute function refuse_late_entry();

-- Checked at commit, once per journal: by then all its entries are there.
create function check_journal_balance() returns trigger language plpgsql as $$
begin
  if (select count(*) from ledger_entries e where e.journal_id = new.id) < 2 or exists (
    select from ledger_entries e where e.journal_id = new.id group by e.currency having sum(e.amount) <> 0
  ) then
    raise exception 'journal % does not sum to zero', new.id
      using errcode = 'check_violation', constraint = 'ledger_journals_balance';
  end if;
  return null;
end $$;

create constraint trigger ledger_journals_balance after insert on ledger_journals
  deferrable initially deferred for each row execute function check_journal_balance();
