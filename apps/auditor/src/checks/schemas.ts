import { envelopeSchema, eventCatalogue } from '@rideshare/contracts';
import type { EventDefinition } from '@rideshare/contracts';
import { z } from 'zod';
import type { Check, Finding, Violation } from '../check.ts';
import type { Look } from '../look.ts';

/** The newest records of each type that are read whole in a look at everything; of all others the shape is checked. */
const READ_WHOLE_MAX = 500;

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

const quoted = (names: readonly string[]) =>
  `array[${names.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')}]::text[]`;

/** A condition: the record is of a known type and version and has the members of its contract, and no others. */
function isInShape(): string {
  const cases = eventCatalogue.map(({ data, type, version }) => {
    const { properties = {}, required = [] } = z.toJSONSchema(data, { io: 'output' }) as {
      readonly properties?: Readonly<Record<string, unknown>>;
      readonly required?: readonly string[];
    };
    return `when type = '${type}' and envelope ->> 'version' = '${String(version)}' then
      jsonb_typeof(envelope -> 'data') = 'object' and envelope -> 'data' ?& ${quoted(required)}
        and (envelope -> 'data') - ${quoted(Object.keys(properties))} = '{}'`;
  });
  return `case ${cases.join(' ')} else false end`;
}

/** Records whose members are not those of their contract; what the members hold is for those that are read whole. */
async function judgeShapes({ records, tx }: Look): Promise<Finding> {
  const { rows } = await tx.query<{ event_id: string; envelope: unknown; records: number }>(
    `select event_id, envelope, type, count(*) over () as records from ${records('.events')} records
     where not ${isInShape()} limit ${String(READ_WHOLE_MAX)}`,
  );
  const counted = await tx.query<{ count: number }>(`select count(*) as count from ${records('.events')} records`);
  const catalogue = definitions();
  const violations = rows.map(({ envelope, event_id: id }) => ({
    subject: `event ${id}`,
    detail: contractProblem(envelope, catalogue) ?? 'has members that its contract does not name',
    versions: '',
  }));
  return { checked: counted.rows[0]?.count ?? 0, violations };
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
