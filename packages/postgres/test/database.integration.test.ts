import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@rideshare/config';
import { createMetrics } from '@rideshare/observability';
import { eventually } from '@rideshare/testing';
import { assertDurable, createDatabase, createLease, isUniqueViolation, purgeIdempotencyKeys } from '../src/index.ts';
import { openDatabase } from './open-database.ts';
import type { OpenDatabase } from './open-database.ts';

let open: OpenDatabase;
beforeAll(async () => {
  open = await openDatabase('app');
});
afterAll(() => open.close());

describe('query', () => {
  it('reads bigint as a number, a day as text, a time as a Date, and JSON as an object', async () => {
    const { rows } = await open.database.query(
      `select 9007199254740991::int8 as big, '2026-02-28'::date as day,
         '2026-03-01T12:00:00Z'::timestamptz as time, '{"a":[1]}'::jsonb as json`,
    );
    expect(rows).toEqual([
      { big: 9_007_199_254_740_991, day: '2026-02-28', time: new Date('2026-03-01T12:00:00Z'), json: { a: [1] } },
    ]);
  });

  it('with a bigint that no number can carry, refuses to round it', async () => {
    await expect(open.database.query('select 9007199254740993::int8')).rejects.toMatchObject({
      code: 'INTEGER_UNSAFE',
    });
  });

  it('looks rows up by index, whatever else the URL asks for', async () => {
    const { rows } = await open.database.query(
      "select name, setting from pg_settings where name in ('enable_seqscan', 'jit', 'search_path')",
    );
    expect(rows).toEqual([
      { name: 'enable_seqscan', setting: 'off' },
      { name: 'jit', setting: 'off' },
      { name: 'search_path', setting: 'app' },
    ]);
    const tool = open.another({ readsWholeTables: true });
    expect((await tool.query('show enable_seqscan')).rows).toEqual([{ enable_seqscan: 'on' }]);
  });

  it('says when a unique constraint refused', async () => {
    await open.database.query('create table one (id int constraint only_one unique)');
    await open.database.query('insert into one values (1)');
    const failure: unknown = await open.database.query('insert into one values (1)').catch((error: unknown) => error);
    expect([isUniqueViolation(failure), isUniqueViolation(failure, 'only_one')]).toEqual([true, true]);
    expect([isUniqueViolation(failure, 'other'), isUniqueViolation(new Error('other'))]).toEqual([false, false]);
  });

  it('past the limits of time and locks, says so', async () => {
    const impatient = open.another({ statementTimeoutMs: 100, lockTimeoutMs: 50 });
    await expect(impatient.query('select pg_sleep(5)')).rejects.toMatchObject({ code: 'STATEMENT_TIMED_OUT' });
    await open.database.transaction(async (tx) => {
      await tx.query('lock table leases');
      await expect(impatient.query('select * from leases')).rejects.toMatchObject({ code: 'LOCK_TIMED_OUT' });
    });
  });

  it('on a server that is not there, says that it is unreachable', async () => {
    const nowhere = open.another({ url: 'postgres://a:b@127.0.0.1:1/x' });
    await expect(nowhere.query('select 1')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await expect(nowhere.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await expect(nowhere.check()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('with a wrong password, passes on what the engine says', async () => {
    const url = new URL(open.url);
    url.password = 'wrong';
    await expect(open.another({ url: new Secret(url.href) }).query('select 1')).rejects.toMatchObject({
      code: '28P01',
    });
  });
});

describe('prepared statements', () => {
  it('of a table that has been migrated meanwhile are prepared anew, alone and in a transaction', async () => {
    const database = open.another({ poolMax: 1 });
    await open.database.query('create table grown (id int)');
    const read = () => database.query('select * from grown where id > $1', [0], { name: 'read-grown' });
    await read();
    await open.database.query('insert into grown values (1)');
    await open.database.query("alter table grown add column note text default 'new'");
    expect((await read()).rows).toEqual([{ id: 1, note: 'new' }]);
    await open.database.query("alter table grown add column more text default 'more'");
    await database.transaction(async (tx) => {
      const { rows } = await tx.query('select * from grown where id > $1', [0]);
      expect(rows).toEqual([{ id: 1, note: 'new', more: 'more' }]);
    });
    const { rows } = await database.query<{ name: string }>('select name from pg_prepared_statements order by name');
    expect(rows.map(({ name }) => name)).toContain('read-grown-1');
  });
});

describe('check', () => {
  it('resolves where the engine answers, and rejects when its time is over', async () => {
    await open.database.check();
    await open.database.check(AbortSignal.timeout(5_000));
    const busy = open.another({ poolMax: 1 });
    await busy.transaction(async () => {
      await expect(busy.check(AbortSignal.timeout(20))).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    });
  });
});

describe('metrics', () => {
  it('count the connections in use', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const database = open.another({ metrics });
    await database.transaction(async (tx) => {
      await tx.query('select 1');
      expect((await metrics.render()).body).toContain('database_connections_active{service="test"} 1');
    });
  });
});

describe('listen', () => {
  it('hears what is said in this process and in others, on its channel only', async () => {
    const heard: string[] = [];
    const listening = await open.database.listen('news', (payload) => heard.push(payload));
    open.another().notify('news', 'other');
    open.database.notify('other', 'elsewhere');
    open.database.notify('news', 'own');
    await eventually(() => (heard.length === 2 ? true : undefined));
    expect(heard.toSorted()).toEqual(['other', 'own']);
    await listening.close();
    open.database.notify('news', 'late');
    expect(heard).toHaveLength(2);
  });

  it('answered with true, keeps the news in this process', async () => {
    const heard: string[] = [];
    const [here, there] = [open.another(), open.another()];
    await there.listen('private', (payload) => heard.push(payload));
    await here.listen('private', (payload) => payload === 'mine');
    here.notify('private', 'mine');
    here.notify('private', 'ours');
    await eventually(() => (heard.length > 0 ? true : undefined));
    expect(heard).toEqual(['ours']);
  });

  it('after its connection was lost, is told to look, and hears again', async () => {
    const heard: string[] = [];
    const database = open.another({ applicationName: 'listener' });
    await database.listen('news', (payload) => heard.push(payload));
    await open.database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'",
    );
    await eventually(() => (heard.includes('') ? true : undefined));
    open.database.notify('news', 'back');
    await eventually(() => (heard.includes('back') ? true : undefined));
  });

  it('on a server that is not there, waits for it and does not fail', async () => {
    const nowhere = createDatabase({ url: 'postgres://a:b@127.0.0.1:1/x', applicationName: 'test' });
    const listening = await nowhere.listen('news', () => undefined);
    nowhere.notify('news');
    await listening.close();
    await nowhere.close();
    nowhere.notify('news');
  });
});

describe('lease', () => {
  it('belongs to one owner until it is given back or runs out', async () => {
    const [mine, yours] = ['me', 'you'].map((owner) => createLease(open.database, 'work', owner, 60_000));
    expect(await mine?.acquire()).toBe(true);
    expect(await yours?.acquire()).toBe(false);
    expect(await mine?.acquire()).toBe(true);
    await yours?.release();
    expect(await yours?.acquire()).toBe(false);
    await mine?.release();
    expect(await yours?.acquire()).toBe(true);
    await open.database.query("update leases set until = '-infinity'");
    expect(await mine?.acquire()).toBe(true);
  });
});

describe('assertDurable', () => {
  it('refuses a server that does not wait for its disk, and says why; a test may have one', async () => {
    await assertDurable(open.database, 'test');
    await expect(assertDurable(open.database, 'production')).rejects.toMatchObject({
      code: 'STORE_NOT_DURABLE',
      message: expect.stringContaining('fsync=off'),
    });
  });

  it('accepts a server that does', async () => {
    const durable = { query: () => Promise.resolve({ rows: [{ name: 'fsync', setting: 'on' }], rowCount: 1 }) };
    await assertDurable(durable as never, 'production');
  });
});

describe('purgeIdempotencyKeys', () => {
  it('forgets what is older than the bound, unless somebody works on it', async () => {
    await open.database.query(
      `insert into idempotency_keys (principal, route, key, payload_hash, status, token, lease_until, seed, at, response, created_at)
       select 'p', 'r', key, 'h', status, gen_random_uuid(), clock_timestamp() + lease, 's', now(),
         case status when 'done' then '{}'::jsonb end, now() - age
       from (values ('old', 'done', interval '0', interval '73 hours'), ('young', 'done', interval '0', interval '71 hours'),
         ('held', 'running', interval '1 minute', interval '73 hours'),
         ('left', 'running', interval '-1 minute', interval '73 hours')) as v (key, status, lease, age)`,
    );
    expect(await purgeIdempotencyKeys(open.database, 72)).toBe(2);
    const { rows } = await open.database.query('select key from idempotency_keys order by key');
    expect(rows).toEqual([{ key: 'held' }, { key: 'young' }]);
    await expect(purgeIdempotencyKeys(open.database, 71)).rejects.toMatchObject({ code: 'ASSERTION_FAILED' });
  });
});
