-- The auditor looks at the payments that have changed since it last looked. A summary of page ranges costs the writers
-- nothing.
create index payments_by_change on payments using brin (updated_at) with (pages_per_range = 16, autosummarize = on);
