import { globSync } from 'node:fs';
import path from 'node:path';
import { migrate } from '@rideshare/postgres';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { Secret } from '@rideshare/config';
import { createTestDatabase } from '@rideshare/testing';
import { openDatabase } from '../../src/open-database.ts';
import { beginLook } from '../../src/look.ts';
import type { Look, LookOptions } from '../../src/look.ts';

const root = path.resolve(import.meta.dirname, '../../../..');

/** Every walled-off mistake becomes possible: the checks have to see it without the walls. */
const DROP_WALLS = `
  do $$
  declare wall record;
  begin
    for wall in
      select conrelid::regclass as relation, conname from pg_constraint
      where connamespace::regnamespace::text in ('trip', 'driver', 'payment', '"user"', 'notification', 'event_log')
        and contype in ('c', 'f', 'u', 'p') order by contype = 'f' desc
    loop
      execute format('alter table %s drop constraint if exists %I cascade', wall.relation, wall.conname);
    end loop;
    for wall in
      select indexrelid::regclass as relation from pg_index
      where indisunique and indrelid::regclass::text ~ '^(trip|driver|payment|"user"|notification|event_log)\\.'
    loop
      execute format('drop index %s', wall.relation);
    end loop;
    for wall in
      select attrelid::regclass as relation, attname from pg_attribute join pg_class on pg_class.oid = attrelid
      where relkind = 'r' and attnum > 0 and attnotnull and attidentity = ''
        and relnamespace::regnamespace::text in ('trip', 'driver', 'payment', '"user"', 'notification', 'event_log')
    loop
      execute format('alter table %s alter column %I drop not null', wall.relation, wall.attname);
    end loop;
  end $$`;

/** A row to plant: the table and its columns; objects become JSON. */
export type Plant = readonly [table: string, row: Readonly<Record<string, unknown>>];

/** A database with the schema of every service. */
export interface Stage {
  readonly database: Database;
  /** Plants rows behind the back of every trigger, looks, and takes them away again. */
  look<T>(
    plants: readonly Plant[],
    work: (look: Look, tx: PgTransaction) => Promise<T>,
    options?: LookOptions,
  ): Promise<T>;
  close(): Promise<void>;
}

class Done extends Error {}

async function plant(tx: PgTransaction, [table, row]: Plant): Promise<void> {
  const columns = Object.keys(row);
  const values = Object.values(row).map((value) =>
    typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value,
  );
  const slots = columns.map((_column, index) => `$${String(index + 1)}`);
  await tx.query(`insert into ${table} (${columns.join(', ')}) values (${slots.join(', ')})`, values);
}

/** Makes the schemas of all services. */
export async function migrateAll(url: string): Promise<void> {
  for (const dir of globSync('services/*/migrations', { cwd: root }).toSorted()) {
    await migrate({ url, schema: path.basename(path.dirname(dir)), dir: path.join(root, dir) });
  }
}

/** Opens a stage; `walls: false` takes away every constraint, so that anything can be planted. */
export async function openStage({ walls }: { readonly walls: boolean }): Promise<Stage> {
  const test = await createTestDatabase();
  await migrateAll(test.url);
  const database = openDatabase(new Secret(test.url));
  if (!walls) await database.query(DROP_WALLS);
  await database.query(
    `insert into event_log.log_topics (topic, partitions, retention_h)
     select 'rideshare.' || name, 1, 1
     from unnest(array['trip.events', 'driver.events', 'driver.locations', 'user.events', 'payment.events', 'notification.events']) name
     on conflict do nothing`,
  );
  return {
    database,
    async look(plants, work, options) {
      let seen: { readonly result: Awaited<ReturnType<typeof work>> } | undefined;
      const looking = database.transaction(async (tx) => {
        await tx.query(`set local session_replication_role = 'replica'`);
        for (const each of plants) await plant(tx, each);
        seen = { result: await work(await beginLook(tx, options), tx) };
        throw new Done();
      });
      await looking.catch((error: unknown) => {
        if (!(error instanceof Done)) throw error;
      });
      if (!seen) throw new Error('nothing was seen');
      return seen.result;
    },
    async close() {
      await database.close();
      await test.drop();
    },
  };
}
