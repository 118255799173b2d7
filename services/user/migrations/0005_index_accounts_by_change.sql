-- The auditor looks at the accounts that have changed since it last looked. A summary of page ranges costs the writers
-- nothing.
create index accounts_by_change on accounts using brin (updated_at) with (pages_per_range = 16, autosummarize = on);
