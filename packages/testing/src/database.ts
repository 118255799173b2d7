import { randomUUID } from 'node:crypto';
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

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
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
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(adminUrl, `create database ${name} template template1 strategy file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  if (options.migrate) {
    await migrate({ url: url.href, ...options.migrate });
    url.searchParams.set('options', `-c search_path=${options.migrate.schema}`);
  }
  return { url: url.href, adminUrl, drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`) };
}
