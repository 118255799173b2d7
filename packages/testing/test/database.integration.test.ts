import { expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../src/index.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

it('createTestDatabase, called twice, makes two databases that do not see each other', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, 'create table marks (id int)');
  expect(await query(one.url, "select to_regclass('marks') is null as missing")).toEqual([{ missing: false }]);
  expect(await query(two.url, "select to_regclass('marks') is null as missing")).toEqual([{ missing: true }]);
  await Promise.all([one.drop(), two.drop()]);
});

it('createTestDatabase, dropped while somebody is connected, is gone', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined); // PostgreSQL says why, then the socket says that it is gone
  const cut = new Promise<void>((resolve) => {
    client.once('end', resolve);
  });
  await client.connect();
  await database.drop();
  await cut;
  const name = new URL(database.url).pathname.slice(1);
  expect(await query(database.adminUrl, `select datname from pg_database where datname = '${name}'`)).toEqual([]);
  await database.drop();
});
