import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { freePort } from '../pg/free-port.ts';
import { keepPostgres } from './keep-postgres.ts';
import type { KeptPostgres } from './keep-postgres.ts';
import { isAlive } from './run-file.ts';

// making a cluster that is safe on its disk takes many seconds on a busy machine
jest.setTimeout(120_000);
const POLL_MS = 50;
const PATIENCE_MS = 90_000;

let directory: string;
let kept: KeptPostgres;
const said: string[] = [];

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'rideshare-kept-'));
  chmodSync(directory, 0o755);
  kept = await keepPostgres({ dataDir: path.join(directory, 'data'), port: await freePort() }, (line) =>
    said.push(line),
  );
});

afterAll(async () => {
  await kept.stop();
  rmSync(directory, { recursive: true, force: true });
});

function postmaster(): number {
  try {
    return Number(readFileSync(path.join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: kept.url('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Asks until there is an answer: a server that comes back refuses for a while. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

it('a server that is killed, twice in a row, is back with what was committed', async () => {
  await query('create table kept (value int)');
  for (const value of [1, 2]) {
    await query(`insert into kept values (${String(value)})`);
    const killed = postmaster();
    process.kill(killed, 'SIGKILL');
    const rows = await patiently(async () => {
      if (postmaster() === killed) throw new Error('still the old one');
      return query<{ value: number }>('select value from kept order by value');
    });
    expect(rows.map((row) => row.value)).toEqual(value === 1 ? [1] : [1, 2]);
  }
  expect(said.filter((line) => line.startsWith('PostgreSQL ended; starting it again')).length).toBeGreaterThanOrEqual(
    2,
  );
});

it('a server that is stopped stays away', async () => {
  const last = postmaster();
  said.length = 0;
  await kept.stop();
  expect(isAlive(last)).toBe(false);
  expect(postmaster()).toBe(0);
  expect(said).toEqual([]);
});

it('a server that is stopped just after its crash leaves nothing running', async () => {
  kept = await keepPostgres({ dataDir: path.join(directory, 'data'), port: await freePort() }, (line) =>
    said.push(line),
  );
  process.kill(postmaster(), 'SIGKILL');
  while (said.length === 0) await delay(POLL_MS);
  await kept.stop();
  const pid = postmaster();
  expect(pid === 0 || !isAlive(pid)).toBe(true);
  await expect(query('select 1')).rejects.toThrow(/ECONNREFUSED/);
});
