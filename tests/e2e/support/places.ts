import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { KINDS } from './canaries.ts';
import type { Detector, Kind } from './canaries.ts';
import type { Platform } from './platform.ts';

/** What a kind of value was found in. */
export interface Find {
  readonly kind: Kind;
  readonly form: string;
  /** A file, a page of metrics, or `schema.table.column`. */
  readonly place: string;
  readonly sample: string;
}

/** Files that hold data and keys rather than tell of them. */
const NOT_TOLD = ['postgres', 'keys', 'run.lock'];
const SAMPLE_LENGTH = 400;
const ROWS_AT_ONCE = 2_000;

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesBelow(file) : [file];
  });
}

function findIn(detector: Detector, place: string, text: string): Find[] {
  return detector.find(text).map(({ form, kind }) => ({ kind, form, place, sample: text.slice(0, SAMPLE_LENGTH) }));
}

/** Lines of logs, spans and whatever else the platform writes into files. */
export function searchFiles({ dataDir }: Platform, detector: Detector): Find[] {
  const roots = readdirSync(dataDir).filter((name) => !NOT_TOLD.includes(name));
  const files = roots.flatMap((name) => {
    const file = path.join(dataDir, name);
    return statSync(file).isDirectory() ? filesBelow(file) : [file];
  });
  return files.filter(existsSync).flatMap((file) => {
    const place = path.relative(dataDir, file).replace(/^mailbox.*/s, 'mailbox');
    const text = readFileSync(file, 'latin1') + readFileSync(file, 'utf8');
    if (detector.find(text).length === 0) return [];
    // where exactly, for whoever has to repair it
    return text.split('\n').flatMap((line) => findIn(detector, place, line));
  });
}

/** What every process shows of itself. */
export async function searchMetrics({ ports }: Platform, detector: Detector): Promise<Find[]> {
  const served = Object.entries(ports).filter(([name]) => name !== 'postgres');
  const found = await Promise.all(
    served.flatMap(([name, port]) =>
      ['/metrics', '/health'].map(async (page) => {
        const response = await fetch(`http://127.0.0.1:${String(port)}${page}`);
        return findIn(detector, `${name}${page}`, await response.text());
      }),
    ),
  );
  return found.flat();
}

const COLUMNS = `
  select c.table_schema as schema, c.table_name as name, array_agg(c.column_name::text) as columns
  from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
  where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema') group by 1, 2`;

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: string[];
}

async function searchTable(client: Client, { columns, name, schema }: Table, detector: Detector): Promise<Find[]> {
  const found: Find[] = [];
  const row = columns.map((column) => `"${column}"::text`).join(', ');
  const cursor = `declare every no scroll cursor for select array[${row}] as fields from "${schema}"."${name}"`;
  await client.query('begin');
  await client.query(cursor);
  for (;;) {
    const { rows } = await client.query<{ fields: (string | null)[] }>(`fetch ${String(ROWS_AT_ONCE)} from every`);
    if (rows.length === 0) break;
    if (detector.find(JSON.stringify(rows)).length === 0) continue;
    for (const { fields } of rows) {
      for (const [index, text] of fields.entries()) {
        if (text !== null) found.push(...findIn(detector, `${schema}.${name}.${columns[index] ?? ''}`, text));
      }
    }
  }
  await client.query('commit');
  return found;
}

/** Every column of every row: what a dump of the database would hold. */
export async function searchDatabase({ databaseUrl }: Platform, detector: Detector): Promise<Find[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<Table>(COLUMNS);
    const found: Find[] = [];
    for (const table of tables) found.push(...(await searchTable(client, table, detector)));
    return found;
  } finally {
    await client.end();
  }
}

/** Where the values of a kind belong, and why. */
export interface Home {
  readonly place: RegExp;
  readonly kinds: readonly Kind[];
  readonly why: string;
}

/** One line for each place and kind that is no home of it, with how often and an example. */
export function strangers(finds: readonly Find[], homes: readonly Home[]): string[] {
  const lost = finds.filter(
    ({ kind, place }) => !homes.some((home) => home.kinds.includes(kind) && home.place.test(place)),
  );
  return [...Map.groupBy(lost, ({ kind, place }) => `${kind} in ${place}`)].map(
    ([what, [first, ...more]]) =>
      `${what}, ${String(more.length + 1)} times (${first?.form ?? ''}): ${first?.sample ?? ''}`,
  );
}

/** Homes in which nothing of theirs was found: they are too many, or the search is blind. */
export function emptyHomes(finds: readonly Find[], homes: readonly Home[]): string[] {
  return homes.flatMap((home) =>
    KINDS.filter((kind) => home.kinds.includes(kind))
      .filter((kind) => !finds.some((find) => find.kind === kind && home.place.test(find.place)))
      .map((kind) => `no ${kind} in ${String(home.place)}`),
  );
}
