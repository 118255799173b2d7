import pg from 'pg';
import { engineUnreachable, isConnectionLost } from './errors.ts';
import { EVENT_LOG_SCHEMA, migrateEventLog } from './migrate.ts';

/** A service's place in the database. */
export interface ServiceAccess {
  readonly schema: string;
  readonly role: string;
  readonly password: string;
  /** What it may do in the embedded log; a writer by default. */
  readonly log?: 'writer' | 'reader';
}

/** The database to prepare and everybody who will use it. */
export interface ProvisionOptions {
  /** An administrator's connection to any database of the server. */
  readonly adminUrl: string;
  readonly database: string;
  readonly services: readonly ServiceAccess[];
}

const LOG_GROUPS = { writer: 'event_log_writer', reader: 'event_log_reader' } as const;
const GROUP_RIGHTS = { writer: 'select, insert, update, delete', reader: 'select' } as const;
// roles are shared by the whole server, and two sessions that change one at once fail
const LOCK_ID = 7_305_117_227;

const name = pg.escapeIdentifier;

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'provision' });
  client.on('error', () => undefined); // the statement that was under way reports it
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw isConnectionLost(error) ? engineUnreachable(error) : error;
  } finally {
    await client.end().catch(() => undefined); // never opened, or gone already
  }
}

async function exists(client: pg.Client, catalogue: 'pg_database' | 'pg_roles', wanted: string): Promise<boolean> {
  const column = catalogue === 'pg_database' ? 'datname' : 'rolname';
  const { rowCount } = await client.query(`select 1 from ${catalogue} where ${column} = $1`, [wanted]);
  return rowCount === 1;
}

async function prepareServer(client: pg.Client, { database, services }: ProvisionOptions): Promise<void> {
  if (!(await exists(client, 'pg_database', database))) await client.query(`create database ${name(database)}`);
  for (const group of Object.values(LOG_GROUPS)) {
    if (!(await exists(client, 'pg_roles', group))) await client.query(`create role ${name(group)} nologin`);
  }
  for (const { role, password, log = 'writer' } of services) {
    const verb = (await exists(client, 'pg_roles', role)) ? 'alter' : 'create';
    await client.query(
      `${verb} role ${name(role)} with login password ${pg.escapeLiteral(password)} connection limit -1
         nosuperuser nocreatedb nocreaterole`,
    );
    await client.query(`grant ${name(LOG_GROUPS[log])} to ${name(role)}`);
    const other = LOG_GROUPS[log === 'writer' ? 'reader' : 'writer'];
    await client.query(`revoke ${name(other)} from ${name(role)}`);
  }
}

async function prepareSchemas(client: pg.Client, { database, services }: ProvisionOptions): Promise<void> {
  // only those named below come in, and none of them leaves anything outside its schema
  await client.query(`revoke all on database ${name(database)} from public`);
  await client.query('revoke all on schema public from public');
  for (const { schema, role } of services) {
    await client.query(`grant connect on database ${name(database)} to ${name(role)}`);
    await client.query(`create schema if not exists ${name(schema)} authorization ${name(role)}`);
    await client.query(`alter role ${name(role)} in database ${name(database)} set search_path = ${name(schema)}`);
  }
}

async function grantLog(client: pg.Client): Promise<void> {
  const schema = name(EVENT_LOG_SCHEMA);
  for (const access of ['writer', 'reader'] as const) {
    const group = name(LOG_GROUPS[access]);
    await client.query(`grant usage on schema ${schema} to ${group}`);
    await client.query(`grant ${GROUP_RIGHTS[access]} on all tables in schema ${schema} to ${group}`);
    // tables of later migrations
    await client.query(
      `alter default privileges in schema ${schema} grant ${GROUP_RIGHTS[access]} on tables to ${group}`,
    );
  }
}

/**
 * Prepares a server for the embedded profile: the database, a login role and a schema per service, and the event log
 * with what each may do there. What is there already is left, or corrected; passwords are set anew.
 *
 * @throws `MIGRATION_FAILED`, `ENGINE_UNREACHABLE`.
 */
export async function provision(options: ProvisionOptions): Promise<void> {
  const url = new URL(options.adminUrl);
  url.pathname = `/${encodeURIComponent(options.database)}`;
  await withClient(options.adminUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK_ID]); // ends with the connection
    await prepareServer(client, options);
    await migrateEventLog({ url: url.href });
    await withClient(url.href, async (inside) => {
      await prepareSchemas(inside, options);
      await grantLog(inside);
    });
  });
}
