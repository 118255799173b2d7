import path from 'node:path';
import { AppError } from '@rideshare/kernel';
import pg from 'pg';
import { engineUnreachable, isConnectionLost } from './errors.ts';

/** What to bring up to date, and where. */
export interface MigrateOptions {
  /** A role that may act as the owner of the schema: the schema's own role, or an administrator. */
  readonly url: string;
  readonly schema: string;
  /** The service's own migrations, `0001_name.sql` and so on. */
  readonly dir?: string;
  readonly log?: (line: string) => void;
}

interface Source {
  readonly schema: string;
  readonly dir: string;
  /** Each source keeps its own list of what was applied, so that their numbers may overlap. */
  readonly table: string;
}

const OWN_MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations');
/** The schema of the embedded event log, shared by all services of a database. */
export const EVENT_LOG_SCHEMA = 'event_log';
// one lock per database for all sources: processes that migrate at the same time wait for one another
const LOCK_ID = 7_305_117_226;
const PROBLEM_LINES = 5;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  // no time limits: a migration may take as long as it needs, and so may the wait for another process's
  const client = new pg.Client({ connectionString: url, application_name: 'migrate' });
  client.on('error', () => undefined); // the statement that was under way reports it
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw isConnectionLost(error) ? engineUnreachable(error) : error;
  } finally {
    await client.end().catch(() => undefined); // never opened, or gone already
  }
}

async function ownerOf(client: pg.Client, schema: string): Promise<string | undefined> {
  const { rows } = await client.query<{ owner: string }>(
    'select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1',
    [schema],
  );
  return rows[0]?.owner;
}

async function applySource(client: pg.Client, { schema, dir, table }: Source, log: (line: string) => void) {
  const owner = await ownerOf(client, schema);
  if (owner === undefined) await client.query(`create schema ${pg.escapeIdentifier(schema)}`);
  // what is made belongs to the schema's owner, whoever runs the migration
  else await client.query(`set role ${pg.escapeIdentifier(owner)}`);
  // loaded here because it is slow to load, and a running service never migrates
  const { runner } = await import('node-pg-migrate');
  const problems: string[] = [];
  try {
    const applied = await runner({
      dbClient: client,
      dir,
      direction: 'up',
      schema,
      migrationsSchema: schema,
      migrationsTable: table,
      singleTransaction: false, // each file in a transaction of its own
      noLock: true, // ours covers all sources
      logger: {
        info: () => undefined,
        warn: log,
        error: (line) => {
          problems.push(line);
        },
      },
    });
    for (const { name } of applied) log(`${schema}: applied ${name}`);
  } catch (cause) {
    // the runner prints the file up to the mistake, which is at its end
    const [problem = String(cause)] = problems.map((text) =>
      text.trimEnd().split('\n').slice(-PROBLEM_LINES).join('\n'),
    );
    throw new AppError('MIGRATION_FAILED', 'internal', `${schema}: ${problem}`, { cause });
  }
  await client.query('reset role');
  await client.query('reset search_path');
}

async function withLock(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK_ID]);
    await work(client); // the lock ends with the connection
  });
}

/**
 * Makes the schema of the embedded log, and brings it up to date.
 *
 * @throws `MIGRATION_FAILED`, `ENGINE_UNREACHABLE`.
 */
export async function migrateEventLog({ url, log = () => undefined }: Pick<MigrateOptions, 'url' | 'log'>) {
  await withLock(url, (client) => applyEventLog(client, log));
}

async function applyEventLog(client: pg.Client, log: (line: string) => void): Promise<void> {
  const dir = path.join(OWN_MIGRATIONS, 'event-log');
  await applySource(client, { schema: EVENT_LOG_SCHEMA, dir, table: 'migrations' }, log);
}

/** Whether the role of `client` may change the log's tables; a service's own role may not. */
async function mayChangeLog(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ allowed: boolean }>(
    `select coalesce(
       (select pg_has_role(nspowner, 'member') from pg_namespace where nspname = $1),
       has_database_privilege(current_database(), 'create')) as allowed`,
    [EVENT_LOG_SCHEMA],
  );
  return rows[0]?.allowed === true;
}

/**
 * Brings a service's schema up to date: first the tables that every service has (idempotency keys, leases, outbox,
 * inbox and what goes with it), then the service's own, and before both the embedded log where the role may.
 *
 * @remarks May run in several processes at once: they wait for one another. A migration that fails leaves no trace of
 * itself; those before it stay.
 * @throws `MIGRATION_FAILED`, `ENGINE_UNREACHABLE`.
 */
export async function migrate({ url, schema, dir, log = () => undefined }: MigrateOptions): Promise<void> {
  await withLock(url, async (client) => {
    if (await mayChangeLog(client)) await applyEventLog(client, log);
    await applySource(client, { schema, dir: path.join(OWN_MIGRATIONS, 'service'), table: 'platform_migrations' }, log);
    if (dir !== undefined) await applySource(client, { schema, dir, table: 'migrations' }, log);
  });
}
