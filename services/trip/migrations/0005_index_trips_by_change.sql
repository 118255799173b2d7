-- The auditor looks at the trips that have changed since it last looked. A summary of page ranges costs the writers nothing.
create index trips_by_change on trips using brin (changed_at) with (pages_per_range = 16, autosummarize = on);
