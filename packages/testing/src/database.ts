import { createHash, randomUUID } from 'node:crypto';
import { migrate } from '@rideshare/postgres';
import pg from 'pg';

/** A database that only one test file knows. */
export interface TestDatabase {
  /** Connects to the database as its owner; where a schema was migrated, unqualified names are looked up there. */
  readonly url: string;
  /** Connects to the server's maintenance database as superuser. */
  readonly adminUrl: string;
  /** Removes the database, whoever is still connected to it. */
  readonly drop: () => Promise<void>;
}

/** What a test database is to hold. */
export interface TestDatabaseOptions {
  /** A service's schema and its migrations; the event log and the tables that every service has come with it. */
  readonly migrate?: { readonly schema: string; readonly dir?: string };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * The database that migrated ones are copied from, made by whichever test file of the run asks first; the others wait.
 * A file's own migration would take ten times as long as the copy.
 */
async function templateFor(adminUrl: string, migrations: { schema: string; dir?: string }): Promise<string> {
  const digest = createHash('sha256')
    .update(JSON.stringify([migrations.schema, migrations.dir]))
    .digest('hex');
  const template = `template_${digest.slice(0, 16)}`;
  await withClient(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [template]); // ends with the connection
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 1) return;
    const unfinished = `${template}_new`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished} template template1 strategy file_copy`);
    await migrate({ url: urlOf(adminUrl, unfinished), ...migrations });
    await client.query(`alter database ${unfinished} rename to ${template}`);
  });
  return template;
}

/**
 * Makes a database, empty unless it is to be migrated, on the disposable PostgreSQL of this test run.
 *
 * @remarks The copy is made file by file, which takes some 25 ms on a server that does not wait for its disk; the
 * default strategy takes five times as long.
 * @throws When called outside the contract and integration tiers, which are the ones that have a server.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = process.env['TEST_PG_URL'];
  if (adminUrl === undefined) {
    throw new Error('TEST_PG_URL is not set: only contract and integration tests have a PostgreSQL');
  }
  const template = options.migrate ? await templateFor(adminUrl, options.migrate) : 'template1';
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const execute = (statement: string) => withClient(adminUrl, (client) => client.query(statement));
  await execute(`create database ${name} template ${template} strategy file_copy`);
  const url = new URL(urlOf(adminUrl, name));
  if (options.migrate) url.searchParams.set('options', `-c search_path=${options.migrate.schema}`);
  return {
    url: url.href,
    adminUrl,
    drop: async () => {
      await execute(`drop database if exists ${name} with (force)`);
    },
  };
}
