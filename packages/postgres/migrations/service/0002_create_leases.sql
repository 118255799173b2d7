-- Who may do what only one process should do at a time. An efficiency, never a guard: two owners must be harmless.
create table leases (
  name text primary key,
  owner text not null,
  until timestamptz not null
);
