import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { startPostgres } from './postgres.ts';
import type { RunningPostgres } from './postgres.ts';

// making a cluster that is safe on its disk takes many seconds on a busy machine
jest.setTimeout(60_000);

let directory: string;
let dataDir: string;
const running: RunningPostgres[] = [];

// one cluster for all of them: making one takes seconds
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'rideshare-launcher-'));
  chmodSync(directory, 0o755);
  dataDir = path.join(directory, 'data');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<RunningPostgres> {
  const postgres = await startPostgres({ dataDir, port: await freePort() });
  running.push(postgres);
  return postgres;
}

async function query(postgres: RunningPostgres, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A program that starts a disposable server and says its process id. */
async function startElsewhere(target: string): Promise<{ owner: number; pid: number }> {
  const script = path.join(directory, 'owner.mjs');
  const launcher = path.join(import.meta.dirname, 'postgres.ts');
  writeFileSync(
    script,
    `import { startPostgres } from ${JSON.stringify(launcher)};
     const { pid } = await startPostgres(JSON.parse(process.argv[2]));
     console.log(pid);
     setInterval(() => undefined, 1_000);`,
  );
  const options = JSON.stringify({ dataDir: target, port: await freePort(), disposable: true });
  const owner = spawn(process.execPath, [script, options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  if (owner.pid === undefined) throw new Error('the owner did not start');
  return { owner: owner.pid, pid: Number(line) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

it('startPostgres, durable, waits for the disk at every commit and keeps the data across a stop', async () => {
  const first = await start();
  const settings = `select name, setting from pg_settings
    where name in ('fsync', 'full_page_writes', 'max_connections', 'synchronous_commit') order by name`;
  expect(await query(first, settings)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'max_connections', setting: '200' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
  await query(first, 'create table kept (id int)');
  await first.stop();
  await first.ended;
  expect(isAlive(first.pid)).toBe(false);
  expect(await query(await start(), 'select id from kept')).toEqual([]);
});

it('startPostgres, after the server was killed, recovers what was committed', async () => {
  const first = await start();
  await query(first, 'insert into kept values (7)');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  expect(await query(await start(), 'select id from kept')).toEqual([{ id: 7 }]);
});

it('startPostgres, while a forgotten server still runs on the data, stops that one first', async () => {
  const forgotten = await start();
  const next = await start();
  expect(isAlive(forgotten.pid)).toBe(false);
  expect(await query(next, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('startPostgres, with the process id of a stranger in the pid file, leaves the stranger alone', async () => {
  await (await start()).stop();
  writeFileSync(path.join(dataDir, 'postmaster.pid'), `${String(process.pid)}\n${dataDir}\n`);
  expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('startPostgres, when its program is killed, leaves neither server nor disposable data behind', async () => {
  const thrownAway = path.join(directory, 'thrown-away', 'data');
  const { owner, pid } = await startElsewhere(thrownAway);
  expect(isAlive(pid)).toBe(true);
  process.kill(owner, 'SIGKILL');
  await until(() => !isAlive(pid) && !existsSync(path.dirname(thrownAway)));
});

it('startPostgres, when the port is taken, says so and leaves nothing running', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  await expect(startPostgres({ dataDir, port })).rejects.toThrow('Address already in use');
  expect(existsSync(path.join(dataDir, 'postmaster.pid'))).toBe(false);
  holder.close();
});

it('startPostgres, in a group of its own, is not reached by the signals of a terminal', async () => {
  const { pid } = await start();
  const { stdout } = spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' });
  expect(Number(stdout)).toBe(pid);
});
