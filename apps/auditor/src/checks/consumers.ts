import { findByQueries, findByQuery } from '../check.ts';
import type { Check } from '../check.ts';
import { SERVICES } from '../services.ts';

/** A record that is next for a group whose owner is alive is taken by then, whatever is the matter with it. */
const STANDSTILL_MAX_S = 60;
/** What waits for one before it is given up after ten minutes; this leaves a round of the sweep. */
const PARKED_MAX_S = 720;

/** Within each consumer: nothing vanished, and nothing was counted twice. */
export const consumersAddUp: Check = {
  name: 'consumers-add-up',
  rule: 27,
  title: 'consumed = applied + skipped + parked + dead letters, and each of them is where it is said to be',
  lookAt:
    'consumer_counts, parked_events, event_retries and dead_letters of the service; event_log.consumer_offsets; yarn dlq',
  scope: 'store',
  run: (look) =>
    findByQueries(
      look,
      SERVICES.map((schema) => ({
        count: `select coalesce(sum(consumed), 0)::bigint as count from "${schema}".consumer_counts`,
        violations: `
          with counted as (
            select group_name, sum(consumed) as consumed, sum(applied + skipped + parked + dead) as told, sum(parked) as parked,
              sum(dead) as dead
            from "${schema}".consumer_counts group by 1
          ), passed as (
            select group_name, sum(next_offset - first_offset) as offsets from event_log.consumer_offsets group by 1
          ), waiting as (
            select group_name, count(*) as events from (
              select group_name from "${schema}".parked_events union all select group_name from "${schema}".event_retries
            ) parked group by 1
          ), dead as (
            select group_name, count(*) as events from "${schema}".dead_letters group by 1
          )
          select 'group ' || counted.group_name as subject,
            'consumed ' || consumed || ' of ' || coalesce(offsets, 0) || ', told of ' || told || '; parked ' || parked || ' of '
              || coalesce(waiting.events, 0) || ', dead ' || counted.dead || ' of ' || coalesce(dead.events, 0) as detail,
            consumed::text as versions
          from counted left join passed using (group_name) left join waiting using (group_name) left join dead using (group_name)
          where consumed <> told or offsets is distinct from consumed or parked <> coalesce(waiting.events, 0)
            or counted.dead <> coalesce(dead.events, 0)`,
      })),
    ),
};

/** Between consumers and the log: no record holds up the others of its partition. */
export const partitionsMove: Check = {
  name: 'partitions-move',
  rule: 27,
  title: 'no record blocks its partition while the group has an owner, and what waits for a gap is given up in time',
  lookAt: 'event_log.consumer_offsets against event_log.log_partitions; parked_events of the service',
  scope: 'across',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from event_log.consumer_offsets`,
        violations: `
          select 'group ' || offsets.group_name as subject,
            'stands at offset ' || offsets.next_offset || ' of ' || offsets.topic || '/' || offsets.partition || ', record ' || records.event_id as detail,
            offsets.next_offset::text as versions
          from event_log.consumer_offsets offsets
          join event_log.consumer_groups groups using (group_name)
          join event_log.records records on records.topic = offsets.topic and records.partition = offsets.partition
            and records.log_offset = offsets.next_offset
          where groups.until > clock_timestamp()
            and records.appended_at < clock_timestamp() - interval '${String(STANDSTILL_MAX_S)} seconds'`,
      },
      ...SERVICES.map((schema) => ({
        count: `select count(*) as count from "${schema}".parked_events`,
        violations: `
          select 'event ' || event_id as subject,
            'of ' || stream || ' is parked for group ' || group_name || ' since ' || parked_at as detail, sequence::text as versions
          from "${schema}".parked_events parked
          where parked_at < clock_timestamp() - interval '${String(PARKED_MAX_S)} seconds'
            and not exists (select from "${schema}".event_retries retries
              where retries.group_name = parked.group_name and retries.stream = parked.stream)
            and exists (select from event_log.consumer_groups groups
              where groups.group_name = parked.group_name and groups.until > clock_timestamp())`,
      })),
    ]),
};

/** In the log: what was appended is there until retention drops it. */
export const logHasNoHoles: Check = {
  name: 'log-has-no-holes',
  rule: 38,
  title: 'every record between the first and the next offset of a partition is there',
  lookAt: 'event_log.log_partitions against event_log.records by topic and partition',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from event_log.log_partitions`,
      violations: look.changes
        ? `select 'partition ' || partitions.topic || '/' || partitions.partition as subject,
             'has ' || coalesce(there.records, 0) || ' of the ' || (partitions.next - since.log_offset) || ' records since offset '
               || since.log_offset as detail,
             partitions.next::text as versions
           from event_log.log_partitions partitions
           join jsonb_to_recordset(current_setting('auditor.window')::jsonb) as since (topic text, partition int, log_offset bigint)
             using (topic, partition)
           left join (select topic, partition, count(*) as records from ${look.records('')} log group by 1, 2) there using (topic, partition)
           where since.log_offset >= partitions.first and coalesce(there.records, 0) <> partitions.next - since.log_offset`
        : `select 'partition ' || partitions.topic || '/' || partitions.partition as subject,
             'has ' || coalesce(there.records, 0) || ' of ' || (partitions.next - partitions.first) || ' records' as detail,
             partitions.next::text as versions
           from event_log.log_partitions partitions
           left join (select topic, partition, count(*) as records from event_log.records group by 1, 2) there using (topic, partition)
           where coalesce(there.records, 0) <> partitions.next - partitions.first`,
    }),
};
