import { findByQueries, findByQuery, mergeFindings } from '../check.ts';
import type { Check, Finding, Violation } from '../check.ts';
import { headsBefore, publishedHeads } from '../heads.ts';
import type { Subject } from '../changes.ts';
import { retained } from '../look.ts';
import type { Look } from '../look.ts';
import { SERVICES } from '../services.ts';

interface Aggregate {
  readonly stream: string;
  readonly schema: string;
  readonly table: string;
  readonly id: string;
  readonly version: string;
  readonly topic: string;
  readonly subject: Subject;
}

/** Aggregates with a version of their own, and the streams that tell of it. */
const AGGREGATES: readonly Aggregate[] = [
  {
    stream: 'trip',
    schema: 'trip',
    table: 'trips',
    id: 'id',
    version: 'version',
    topic: 'trip.events',
    subject: 'trips',
  },
  {
    ...{ stream: 'slot', schema: 'driver', table: 'driver_slots', id: 'driver_id', version: 'epoch' },
    ...{ topic: 'driver.events', subject: 'drivers' },
  },
  {
    ...{ stream: 'driver', schema: 'driver', table: 'drivers', id: 'driver_id', version: 'version' },
    ...{ topic: 'driver.events', subject: 'drivers' },
  },
  {
    ...{ stream: 'user', schema: 'user', table: 'accounts', id: 'id', version: 'version' },
    ...{ topic: 'user.events', subject: 'accounts' },
  },
  {
    ...{ stream: 'payment', schema: 'payment', table: 'payments', id: 'id', version: 'version' },
    ...{ topic: 'payment.events', subject: 'payments' },
  },
];

/** An event waits for its relay no longer than this; the relay publishes within seconds. */
const OUTBOX_AGE_MAX_S = 60;

async function waitingHeads({ tx }: Look, { schema, stream }: Aggregate): Promise<ReadonlyMap<string, number>> {
  const { rows } = await tx.query<{ stream: string; latest: number }>(
    `select envelope ->> 'stream' as stream, max((envelope ->> 'sequence')::bigint) as latest
     from "${schema}".outbox where envelope ->> 'stream' like '${stream}:%' group by 1`,
  );
  return new Map(rows.map((row) => [row.stream, row.latest]));
}

async function compare(look: Look, aggregate: Aggregate): Promise<Finding> {
  const { id, schema, stream: kind, subject, table, topic, version } = aggregate;
  const { rows } = await look.tx.query<{ id: string; version: number }>(
    `select ${id} as id, ${version} as version from "${schema}"."${table}" where ${look.among(subject, id)}`,
  );
  const { rows: kept } = await look.tx.query<{ isCut: boolean }>(`select ${retained(topic)} as "isCut"`);
  const isCut = kept[0]?.isCut ?? false;
  const [published, waiting] = [await publishedHeads(look), await waitingHeads(look, aggregate)];
  const streams = new Map(rows.map((row) => [`${kind}:${row.id}`, row]));
  const before = await headsBefore(
    look,
    [...streams].filter(([stream, row]) => row.version > 0 && !published.has(stream)).map(([stream]) => stream),
  );
  const violations: Violation[] = [];
  for (const [stream, row] of streams) {
    const log = published.get(stream)?.latest ?? before.get(stream);
    const latest = Math.max(log ?? 0, waiting.get(stream) ?? 0);
    // where retention has dropped all of a stream there is nothing to compare with
    if (latest === row.version || (latest === 0 && isCut)) continue;
    const detail = `is at version ${String(row.version)}, its events end at ${String(latest)}`;
    violations.push({ subject: `${kind} ${row.id}`, detail, versions: String(row.version) });
  }
  for (const stream of new Set([...published.keys(), ...waiting.keys()])) {
    if (!stream.startsWith(`${kind}:`) || streams.has(stream)) continue;
    const owner = stream.slice(kind.length + 1);
    violations.push({ subject: `${kind} ${owner}`, detail: 'has events and is not there', versions: '' });
  }
  return { checked: rows.filter((row) => row.version > 0).length, violations };
}

/** Between each store and the log: as many events as changes, published or about to be. */
export const changesArePublished: Check = {
  name: 'changes-published',
  rule: 24,
  title: 'every change of an aggregate has its event, in the log or on its way there, and no event lacks its change',
  lookAt: 'the outbox of the service and event_log.records of the stream',
  // one snapshot of one database: the outbox row and the change are committed together
  scope: 'store',
  async run(look) {
    const findings: Finding[] = [];
    for (const aggregate of AGGREGATES) findings.push(await compare(look, aggregate));
    return mergeFindings(findings);
  },
};

/** Between trips and the log: each published event of a trip is the one that its store has kept. */
export const publishedIsKept: Check = {
  name: 'published-is-kept',
  rule: 24,
  title: 'an event of a trip in the log is the one that the trip store keeps at that version',
  lookAt: 'event_log.records of the stream and trip.trip_events by event_id',
  scope: 'store',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from ${look.records('trip.events')} records`,
        violations: `
          select 'trip ' || substr(records.envelope ->> 'stream', 6) as subject,
            'event ' || records.event_id || ' (' || records.type || ') in the log is not kept at version ' || (records.envelope ->> 'sequence') as detail,
            records.log_offset::text as versions
          from ${look.records('trip.events')} records left join trip.trip_events events on events.event_id = records.event_id
          where 'trip.' || events.type is distinct from records.type
            or events.version is distinct from (records.envelope ->> 'sequence')::bigint
            or 'trip:' || events.trip_id is distinct from records.envelope ->> 'stream'`,
      },
      {
        count: `select count(*) as count from ${look.records('notification.events')} records`,
        violations: `
          select 'message ' || (records.envelope -> 'data' ->> 'messageId') as subject,
            'is said to be sent, and is ' || coalesce(messages.state, 'not there') as detail, records.log_offset::text as versions
          from ${look.records('notification.events')} records
          left join notification.messages messages on messages.id = (records.envelope -> 'data' ->> 'messageId')::uuid
          where messages.state is distinct from 'sent'`,
      },
    ]),
};

/** Within each outbox: events leave in time. */
export const outboxesDrain: Check = {
  name: 'outboxes-drain',
  rule: 24,
  title: `no event waits for its relay longer than ${String(OUTBOX_AGE_MAX_S)} s`,
  lookAt: 'the outbox of the service and its relay’s log lines',
  scope: 'across',
  run: (look) =>
    findByQueries(
      look,
      SERVICES.map((schema) => ({
        count: `select count(*) as count from "${schema}".outbox`,
        violations: `
          select 'event ' || event_id as subject, type || ' waits in the outbox of ${schema} since ' || created_at as detail, id::text as versions
          from "${schema}".outbox where created_at < clock_timestamp() - interval '${String(OUTBOX_AGE_MAX_S)} seconds'`,
      })),
    ),
};

interface Step {
  readonly stream: string;
  readonly topic: string;
  readonly sequence: number;
  readonly before: number | null;
}

/** In the log: the first occurrences of a stream's events are in order. */
export const orderPerStream: Check = {
  name: 'order-per-stream',
  rule: 25,
  title: 'the events of a stream enter the log in the order of their sequence, without gaps',
  lookAt: 'event_log.records of the stream, by log_offset',
  scope: 'store',
  async run(look) {
    const counted = await findByQuery(look, {
      count: `select count(*) as count from ${look.records('.events')} records`,
      violations: `select null where false`,
    });
    const { rows } = await look.tx.query<Step>(
      `with steps as (
         select topic, stream, sequence,
           max(sequence) over (partition by topic, stream order by partition, log_offset
             rows between unbounded preceding and 1 preceding) as before
         -- apart, so that it is not whole envelopes that are sorted
         from (select topic, partition, log_offset, envelope ->> 'stream' as stream, (envelope ->> 'sequence')::bigint as sequence
           from ${look.records('.events')} records offset 0) sequences
       )
       select * from steps where sequence > coalesce(before, 0) + 1`,
    );
    const begun = await headsBefore(
      look,
      rows.filter(({ before }) => before === null).map(({ stream }) => stream),
    );
    const { rows: cut } = await look.tx.query<{ topic: string }>(
      'select distinct topic from event_log.log_partitions where first > 0',
    );
    const isCut = new Set(cut.map(({ topic }) => topic));
    const violations = rows.flatMap(({ before, sequence, stream, topic }) => {
      const head = before ?? begun.get(stream);
      if (head !== undefined && sequence <= head + 1) return [];
      if (head === undefined && isCut.has(topic)) return [];
      const detail = `sequence ${String(sequence)} follows ${head === undefined ? 'nothing' : String(head)}`;
      return [{ subject: stream.replace(':', ' '), detail, versions: String(sequence) }];
    });
    return { checked: counted.checked, violations };
  },
};
