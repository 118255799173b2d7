import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, migrate, provision } from '../src/index.ts';
import { openDatabase } from './open-database.ts';
import type { OpenDatabase } from './open-database.ts';

let open: OpenDatabase;
let dir: string;
beforeEach(async () => {
  open = await openDatabase();
  dir = mkdtempSync(path.join(tmpdir(), 'rideshare-migrations-'));
});
afterEach(async () => {
  await open.close();
  rmSync(dir, { recursive: true });
});

const write = (name: string, sql: string) => {
  writeFileSync(path.join(dir, name), sql);
};

async function tables(schema: string): Promise<string[]> {
  const { rows } = await open.database.query<{ tablename: string }>(
    'select tablename from pg_tables where schemaname = $1 order by tablename',
    [schema],
  );
  return rows.map(({ tablename }) => tablename);
}

describe('migrate', () => {
  it('makes the log, the tables of every service, and the service’s own, once', async () => {
    write('0001_create_trips.sql', 'create table trips (id int); insert into trips values (1);');
    const lines: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      await migrate({ url: open.url, schema: 'trip', dir, log: (line) => lines.push(line) });
    }
    expect(await tables('event_log')).toEqual(expect.arrayContaining(['records', 'consumer_offsets']));
    expect(await tables('trip')).toEqual(expect.arrayContaining(['idempotency_keys', 'inbox', 'outbox', 'trips']));
    expect(lines.filter((line) => line.includes('0001_create_trips'))).toEqual(['trip: applied 0001_create_trips']);
    write('0002_add_note.sql', 'alter table trips add note text;');
    await migrate({ url: open.url, schema: 'trip', dir });
    const { rows } = await open.database.query('select * from trip.trips');
    expect(rows).toEqual([{ id: 1, note: null }]);
  });

  it('turns idempotency keys in clear into the digests by which they are looked up', async () => {
    await migrate({ url: open.url, schema: 'trip', dir });
    const key = 'ein Schlüssel ~ 1';
    await open.database.query(
      `insert into trip.idempotency_keys (principal, route, key, payload_hash, status, token, lease_until, seed, at)
       values ('p', 'r', $1, 'h', 'running', gen_random_uuid(), clock_timestamp(), 's', clock_timestamp())`,
      [key],
    );
    const file = new URL('../migrations/service/0006_digest_idempotency_keys.sql', import.meta.url);
    await open.database.query(readFileSync(file, 'utf8').replace('update ', 'update trip.'));
    const { rows } = await open.database.query('select key from trip.idempotency_keys');
    expect(rows).toEqual([{ key: createHash('sha256').update(key).digest('base64url') }]);
  });

  it('in several processes at once, applies each file once', async () => {
    write('0001_create_trips.sql', 'create table trips (id int);');
    const lines: string[] = [];
    const runs = ['trip', 'trip', 'trip', 'user'].map((schema) =>
      migrate({ url: open.url, schema, dir, log: (line) => lines.push(line) }),
    );
    await Promise.all(runs);
    expect(lines.filter((line) => line.includes('0001_create_trips')).toSorted()).toEqual([
      'trip: applied 0001_create_trips',
      'user: applied 0001_create_trips',
    ]);
  });

  it('with a file that fails, keeps those before it, leaves no trace of it, and says where it failed', async () => {
    write('0001_create_trips.sql', 'create table trips (id int);');
    write('0002_broken.sql', 'create table half (id int); select nonsense;');
    await expect(migrate({ url: open.url, schema: 'trip', dir })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('nonsense'),
    });
    expect(await tables('trip')).toContain('trips');
    expect(await tables('trip')).not.toContain('half');
    write('0002_broken.sql', 'create table whole (id int);');
    await migrate({ url: open.url, schema: 'trip', dir });
    expect(await tables('trip')).toContain('whole');
  });

  it('on a server that is not there, says so', async () => {
    const url = 'postgres://a:b@127.0.0.1:1/x';
    await expect(migrate({ url, schema: 'trip' })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await expect(provision({ adminUrl: url, database: 'x', services: [] })).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    });
  });
});

describe('provision', () => {
  const suffix = randomUUID().slice(0, 8); // roles are the whole server's
  const [writer, reader] = [`writer_${suffix}`, `reader_${suffix}`];
  const services = [
    { schema: 'trip', role: writer, password: "pass'word" },
    { schema: 'gateway', role: reader, password: 'reader', log: 'reader' as const },
  ];

  function as(role: string, password: string) {
    const url = new URL(open.url);
    url.username = role;
    url.password = password;
    return open.another({ url: url.href });
  }

  afterEach(async () => {
    // the roles own schemas in the database of the test, so that comes first
    const admin = createDatabase({ url: open.adminUrl, applicationName: 'test' });
    const name = new URL(open.url).pathname.slice(1);
    await admin.query(`drop database ${name} with (force)`);
    for (const role of [writer, reader]) await admin.query(`drop role if exists ${role}`);
    await admin.close();
  });

  it('gives every service a role that may write its own schema and the log, and nothing else', async () => {
    const database = new URL(open.url).pathname.slice(1);
    const options = { adminUrl: open.adminUrl, database, services };
    await Promise.all([provision(options), provision(options)]);
    await migrate({ url: open.url, schema: 'trip' });
    const trip = as(writer, "pass'word");
    await trip.query('insert into leases (name, owner, until) values ($1, $1, now())', ['x']);
    await trip.query("insert into event_log.log_topics values ('t', 1, 1)");
    await trip.query('create table own (id int)');
    await expect(trip.query('create table public.foreign (id int)')).rejects.toMatchObject({ code: '42501' });

    const gateway = as(reader, 'reader');
    expect((await gateway.query('select topic from event_log.log_topics')).rows).toEqual([{ topic: 't' }]);
    await expect(gateway.query('delete from event_log.log_topics')).rejects.toMatchObject({ code: '42501' });
    await expect(gateway.query('select * from trip.leases')).rejects.toMatchObject({ code: '42501' });
  });

  it('run again with another password and other rights, corrects both', async () => {
    const database = new URL(open.url).pathname.slice(1);
    await provision({ adminUrl: open.adminUrl, database, services });
    const changed = [{ schema: 'trip', role: writer, password: 'new', log: 'reader' as const }];
    await provision({ adminUrl: open.adminUrl, database, services: changed });
    await expect(as(writer, "pass'word").query('select 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(as(writer, 'new').query("insert into event_log.log_topics values ('t', 1, 1)")).rejects.toMatchObject({
      code: '42501',
    });
  });
});
