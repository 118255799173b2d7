-- What other services told is removed by its age, as the dispatcher's records are.
create index timeline_entries_by_age on timeline_entries using brin (at);
