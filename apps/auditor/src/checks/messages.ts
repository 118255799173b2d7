import { findByQuery, mergeFindings } from '../check.ts';
import type { Check, Finding } from '../check.ts';

/** Aggregates with a version of their own, and the streams that tell of it. */
const AGGREGATES = [
  { stream: 'trip', schema: 'trip', table: 'trips', id: 'id', version: 'version', topic: 'trip.events' },
  {
    stream: 'slot',
    schema: 'driver',
    table: 'driver_slots',
    id: 'driver_id',
    version: 'epoch',
    topic: 'driver.events',
  },
  { stream: 'driver', schema: 'driver', table: 'drivers', id: 'driver_id', version: 'version', topic: 'driver.events' },
  { stream: 'user', schema: 'user', table: 'accounts', id: 'id', version: 'version', topic: 'user.events' },
  { stream: 'payment', schema: 'payment', table: 'payments', id: 'id', version: 'version', topic: 'payment.events' },
] as const;

/** The topics of this kind, whatever their prefix; an array, so that the log is read by its key. */
const topicsLike = (topic: string) =>
  `any (array(select topic from event_log.log_topics where topic like '%${topic}'))`;

/** Whether retention has dropped something of this topic already. */
const retained = (topic: string) =>
  `exists (select from event_log.log_partitions where topic = ${topicsLike(topic)} and first > 0)`;

const SERVICES = ['user', 'driver', 'trip', 'payment', 'notification'] as const;
/** An event waits for its relay no longer than this; the relay publishes within seconds. */
const OUTBOX_AGE_MAX_S = 60;

/** Between each store and the log: as many events as changes, published or about to be. */
export const changesArePublished: Check = {
  name: 'changes-published',
  rule: 9,
  title: 'every change of an aggregate has its one event, in the log or on its way there',
  lookAt: 'the outbox of the service and event_log.records of the stream',
  // one snapshot of one database: the outbox row and the change are committed together
  scope: 'store',
  async run(tx) {
    const findings: Finding[] = [];
    for (const { id, schema, stream, table, topic, version } of AGGREGATES) {
      findings.push(
        await findByQuery(tx, {
          count: `select count(*) as count from "${schema}"."${table}" where ${version} > 0`,
          // where retention has dropped the beginning, only the latest event can be asked for
          violations: `
            with published as (
              select envelope ->> 'stream' as stream, (envelope ->> 'sequence')::bigint as sequence
              from event_log.records where topic = ${topicsLike(topic)} and envelope ->> 'stream' like '${stream}:%'
              union
              select envelope ->> 'stream', (envelope ->> 'sequence')::bigint
              from "${schema}".outbox where envelope ->> 'stream' like '${stream}:%'
            ), streams as (
              select stream, max(sequence) as latest, count(*) as events, min(sequence) as earliest from published group by stream
            )
            select '${stream} ' || aggregates.${id} as subject,
              'is at version ' || aggregates.${version} || ', its events end at ' || coalesce(streams.latest, 0)
                || ' (' || coalesce(streams.events, 0) || ' of them)' as detail,
              aggregates.${version}::text as versions
            from "${schema}"."${table}" aggregates left join streams on streams.stream = '${stream}:' || aggregates.${id}
            where aggregates.${version} > 0
              and (streams.latest is distinct from aggregates.${version}
                or streams.events <> streams.latest - streams.earliest + 1
                or streams.earliest > 1 and not ${retained(topic)})
              and not (streams.latest is null and ${retained(topic)})`,
        }),
      );
    }
    return mergeFindings(findings);
  },
};

/** In the log: the first occurrences of a stream's events are in order. */
export const orderPerStream: Check = {
  name: 'order-per-stream',
  rule: 9,
  title: 'the events of a stream enter the log in the order of their sequence',
  lookAt: 'event_log.records of the stream, by log_offset',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from event_log.records where topic = ${topicsLike('.events')}`,
      violations: `
        with firsts as (
          select topic, partition, envelope ->> 'stream' as stream, (envelope ->> 'sequence')::bigint as sequence, min(log_offset) as log_offset
          from event_log.records where topic = ${topicsLike('.events')} group by 1, 2, 3, 4
        ), steps as (
          select *, lag(sequence) over (partition by topic, stream order by partition, log_offset) as before from firsts
        )
        select stream as subject, 'sequence ' || sequence || ' follows ' || before as detail, sequence::text as versions
        from steps where before is not null and sequence <> before + 1`,
    }),
};

/** Within each consumer: nothing vanished, and nothing was counted twice. */
export const consumersAddUp: Check = {
  name: 'consumers-add-up',
  rule: 9,
  title: 'consumed = applied + skipped + parked + dead letters, and each of them is where it is said to be',
  lookAt: 'consumer_counts, parked_events, event_retries and dead_letters of the service; event_log.consumer_offsets',
  scope: 'store',
  async run(tx) {
    const findings: Finding[] = [];
    for (const schema of SERVICES) {
      findings.push(
        await findByQuery(tx, {
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
        }),
      );
    }
    return mergeFindings(findings);
  },
};

/** Within each outbox: events leave in time. */
export const outboxesDrain: Check = {
  name: 'outboxes-drain',
  rule: 9,
  title: `no event waits for its relay longer than ${String(OUTBOX_AGE_MAX_S)} s`,
  lookAt: 'the outbox of the service and its relay’s log lines',
  scope: 'across',
  async run(tx) {
    const findings: Finding[] = [];
    for (const schema of SERVICES) {
      findings.push(
        await findByQuery(tx, {
          count: `select count(*) as count from "${schema}".outbox`,
          violations: `
            select 'event ' || event_id as subject, type || ' waits in the outbox of ${schema} since ' || created_at as detail, id::text as versions
            from "${schema}".outbox where created_at < clock_timestamp() - interval '${String(OUTBOX_AGE_MAX_S)} seconds'`,
        }),
      );
    }
    return mergeFindings(findings);
  },
};
