-- The hash of the key is kept, so that the server itself can tell shard and partition of an event: the embedded log moves
-- events from here into its own tables without handing them to anybody.
alter table outbox add column key_hash bigint;

-- as the writers compute it: FNV-1a over the bytes of the key, the high half folded in
create function hash_of(key text) returns bigint language plpgsql as $$
declare
  bytes bytea := convert_to(key, 'UTF8');
  hash bigint := 2166136261;
begin
  for i in 0 .. length(bytes) - 1 loop
    hash := ((hash # get_byte(bytes, i)) * 16777619) & 4294967295;
  end loop;
  return hash # (hash >> 16);
end $$;

update outbox set key_hash = hash_of(key);
drop function hash_of;
alter table outbox alter column key_hash set not null;

-- unsent events are read by id, and there are few: the primary key is enough
drop index outbox_unsent;
alter table outbox drop column shard;
