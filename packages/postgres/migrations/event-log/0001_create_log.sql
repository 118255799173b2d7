-- A small durable log: records of a partition are numbered without gaps, in the order in which they become visible.
create table log_topics (
  topic text primary key,
  partitions int not null check (partitions > 0),
  retention_h int not null check (retention_h > 0)
);

-- `next` is taken by the appending transaction, whose row lock makes offsets visible in order.
create table log_partitions (
  topic text not null references log_topics,
  partition int not null check (partition >= 0),
  next bigint not null default 0 check (next >= 0),
  -- the first record that retention has left
  first bigint not null default 0 check (first between 0 and next),
  primary key (topic, partition)
) with (fillfactor = 50); -- every append updates a row here, and must find room for the new version on its page

create table records (
  topic text not null,
  partition int not null,
  log_offset bigint not null,
  key text not null,
  type text not null,
  event_id uuid not null,
  headers jsonb not null,
  envelope jsonb not null,
  appended_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition, log_offset),
  foreign key (topic, partition) references log_partitions
);

-- One owner per consumer group. Each new owner raises the generation, which fences the one before.
create table consumer_groups (
  group_name text primary key,
  owner text,
  until timestamptz not null default '-infinity',
  generation bigint not null default 0
);

create table consumer_offsets (
  group_name text not null references consumer_groups,
  topic text not null,
  partition int not null,
  next_offset bigint not null default 0,
  -- where the group began: past 0, the beginnings of old streams were gone already
  first_offset bigint not null default 0,
  generation bigint not null default 0,
  primary key (group_name, topic, partition),
  foreign key (topic, partition) references log_partitions
) with (fillfactor = 50);
