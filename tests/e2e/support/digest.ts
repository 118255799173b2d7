import { Client } from 'pg';
import { eventually } from './client.ts';
import type { Platform } from './platform.ts';

/**
 * What changes by itself, without anybody's request: leases, how far the log has been read, and what the dispatcher notes
 * in every window for whoever waits.
 */
const RESTLESS = ['leases', 'consumer_groups', 'consumer_offsets', 'consumer_counts', 'dispatch_verdicts'];

/** Nothing may change for this long: longer than any loop of the platform that has something to do waits. */
const QUIET_MS = 500;

/** How many rows each table has and what is in them, as one text a table. */
export type Digest = Readonly<Record<string, string>>;

/** Reads all that the platform keeps. */
export interface Digester {
  digest(): Promise<Digest>;
  /** The digest once two in a row are the same: what was begun before is done. */
  settled(): Promise<Digest>;
  close(): Promise<void>;
}

const TABLES = `
  select table_schema as schema, table_name as name from information_schema.tables
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    and not table_name = any ($1) order by 1, 2`;

/** A reader of everything in the database of `platform`. */
export async function createDigester({ databaseUrl }: Platform): Promise<Digester> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ schema: string; name: string }>(TABLES, [RESTLESS]);
  const parts = tables.map(({ name, schema }) => {
    const table = `"${schema}"."${name}"`;
    return `select '${schema}.${name}' as name, count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as state from ${table} t`;
  });
  const statement = parts.join(' union all ');
  const digest = async (): Promise<Digest> => {
    const { rows } = await client.query<{ name: string; state: string }>(statement);
    return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
  };
  return {
    digest,
    async settled() {
      let last = '';
      return eventually('the rest of the platform', async () => {
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
        const now = await digest();
        const [before, after] = [last, JSON.stringify(now)];
        last = after;
        return before === after ? now : undefined;
      });
    },
    close: () => client.end(),
  };
}

/** The tables in which two digests differ. */
export function changedTables(before: Digest, after: Digest): string[] {
  return Object.keys(after).filter((name) => before[name] !== after[name]);
}
