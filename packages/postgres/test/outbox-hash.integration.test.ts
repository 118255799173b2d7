import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDatabase } from './open-database.ts';
import type { OpenDatabase } from './open-database.ts';

const MIGRATION = path.join(import.meta.dirname, '../migrations/service/0005_hash_outbox_keys.sql');

let open: OpenDatabase;
beforeAll(async () => {
  open = await openDatabase();
});
afterAll(() => open.close());

it('events that wait while the outbox is migrated get the hash that their writers would give them', async () => {
  await open.database.query(
    'create table outbox (key text, shard smallint); create index outbox_unsent on outbox (shard)',
  );
  const keys = ['', 'a', 'b', '019c0000-0000-7000-8000-000000000001', 'São João'];
  await open.database.query('insert into outbox select key, 0 from unnest($1::text[]) as key', [keys]);
  await open.database.query(readFileSync(MIGRATION, 'utf8'));
  const { rows } = await open.database.query<{ key: string; key_hash: number }>('select key, key_hash from outbox');
  const hashes = new Map(rows.map((row) => [row.key, row.key_hash]));
  // the same numbers as in the test of the hash itself, in packages/messaging
  expect(keys.map((key) => hashes.get(key))).toEqual([2166103257, 3826044192, 3876375273, 1586485037, 4231028347]);
});
