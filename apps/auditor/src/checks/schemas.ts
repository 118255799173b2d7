import { envelopeSchema, eventCatalogue } from '@rideshare/contracts';
import type { EventDefinition } from '@rideshare/contracts';
import type { Check, Finding, Violation } from '../check.ts';
import type { Look } from '../look.ts';

/** The newest records of each type that are read whole in a look at everything; of all others the shape is checked. */
const READ_WHOLE_MAX = 500;

interface Shape {
  readonly type: string;
  readonly version: number | null;
  /** The members of the data and their JSON types, in order. */
  readonly shape: string;
  readonly records: number;
  readonly sample: unknown;
  readonly event_id: string;
}

const nameOf = (type: string, version: number | null) => `${type}@${String(version)}`;

/** What is wrong with an envelope; undefined when a consumer of today can read it. */
export function contractProblem(
  envelope: unknown,
  catalogue: ReadonlyMap<string, EventDefinition> = definitions(),
): string | undefined {
  const read = envelopeSchema.safeParse(envelope);
  if (!read.success) return `has no readable envelope at ${pathsOf(read.error.issues)}`;
  const { data, type, version } = read.data;
  const definition = catalogue.get(nameOf(type, version));
  if (!definition) return `is of a type or version that nobody knows: ${nameOf(type, version)}`;
  const parsed = definition.data.safeParse(data);
  return parsed.success ? undefined : `breaks ${nameOf(type, version)} at ${pathsOf(parsed.error.issues)}`;
}

function pathsOf(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  return issues.map(({ path }) => `/${path.map(String).join('/')}`).join(', ');
}

function definitions(): ReadonlyMap<string, EventDefinition> {
  return new Map(eventCatalogue.map((definition) => [nameOf(definition.type, definition.version), definition]));
}

/** Records that are alike in type, version and the types of their members are judged by one of them. */
async function judgeShapes({ records, tx }: Look): Promise<Finding> {
  const { rows } = await tx.query<Shape>(
    `select type, (envelope ->> 'version')::int as version, shape, count(*) as records,
       (array_agg(envelope))[1] as sample, (array_agg(event_id))[1] as event_id
     from ${records('.events')} records cross join lateral (
       select string_agg(key || ':' || jsonb_typeof(value), ',' order by key) as shape
       from jsonb_each(case jsonb_typeof(envelope -> 'data') when 'object' then envelope -> 'data' else '{}' end)) members
     group by 1, 2, 3`,
  );
  const catalogue = definitions();
  const violations = rows.flatMap((row): Violation[] => {
    const problem = contractProblem(row.sample, catalogue);
    if (problem === undefined) return [];
    const detail = `${problem} (${String(row.records)} of its shape)`;
    return [{ subject: `event ${row.event_id}`, detail, versions: nameOf(row.type, row.version) }];
  });
  return { checked: rows.reduce((sum, row) => sum + row.records, 0), violations };
}

/** Records that are read whole: all that came since the last look, or the newest of each partition. */
async function judgeWhole({ changes, records, tx }: Look, known: ReadonlySet<string>): Promise<readonly Violation[]> {
  const { rows } = await tx.query<{ event_id: string; envelope: unknown }>(
    `select event_id, envelope from ${records('.events')} records
     ${changes ? '' : `join event_log.log_partitions partitions using (topic, partition) where log_offset >= partitions.next - ${String(READ_WHOLE_MAX)}`}`,
  );
  const catalogue = definitions();
  return rows.flatMap(({ envelope, event_id: id }) => {
    const problem = contractProblem(envelope, catalogue);
    return problem === undefined || known.has(`event ${id}`)
      ? []
      : [{ subject: `event ${id}`, detail: problem, versions: '' }];
  });
}

/** In the log: every record is one that today's consumers can read. */
export const eventsKeepTheirContract: Check = {
  name: 'events-keep-their-contract',
  rule: 28,
  title: 'every record of the log has a type and a version that are known, and the members that its contract names',
  lookAt: 'event_log.records by event_id; docs/events.md; yarn dlq',
  scope: 'store',
  async run(look) {
    const shapes = await judgeShapes(look);
    const whole = await judgeWhole(look, new Set(shapes.violations.map(({ subject }) => subject)));
    return { checked: shapes.checked, violations: [...shapes.violations, ...whole] };
  },
};
