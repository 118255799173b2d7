import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import { execaNode } from 'execa';
import { runProgram } from './cli.ts';
import { writeRunFile } from './dev/run-file.ts';
import { dlqProgram } from './dlq/program.ts';
import { migrateAll } from './migrate.ts';

jest.setTimeout(60_000); // each command is a process of its own, and this machine may be busy

const root = path.resolve(import.meta.dirname, '..');
const dataDir = mkdtempSync(path.join(tmpdir(), 'rideshare-dlq-'));
let database: Database;
let drop: () => Promise<void>;
let url: string;

const id = '019c0000-0000-7000-8000-000000000001';
const envelope = {
  id,
  type: 'user.deactivated',
  version: 1,
  stream: `user:${id}`,
  sequence: 2,
  occurredAt: '2026-03-01T12:00:00.000Z',
  source: 'user',
  correlationId: id,
  causationId: id,
  data: { userId: id, by: 'nobody' },
};

beforeAll(async () => {
  const test = await createTestDatabase({ migrate: { schema: 'trip' } });
  ({ drop, url } = test);
  database = createDatabase({ url, applicationName: 'test' });
  await database.query(
    `insert into dead_letters (group_name, topic, partition, log_offset, key, type, event_id, stream, sequence, headers,
       envelope, code, message, attempts, first_failed_at)
     values ('trip', 'user.events', 0, 5, $1::uuid::text, 'user.deactivated', $1::uuid, $2, 2, '{}', $3, 'EVENT_INVALID', 'at /by', 1, now())`,
    [id, envelope.stream, JSON.stringify(envelope)],
  );
  await database.query(
    "insert into consumer_counts (group_name, topic, consumed, dead) values ('trip', 'user.events', 1, 1)",
  );
});
afterAll(async () => {
  await database.close();
  await drop();
  rmSync(dataDir, { recursive: true });
});

/** Runs the program in this process; starting one takes longer than all it does. */
async function dlq(...args: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const out: string[] = [];
  const complaints: string[] = [];
  const program = dlqProgram({ env: { RIDESHARE_DATA_DIR: dataDir }, print: (line) => out.push(line) });
  const exitCode = await runProgram(program, args, (text) => complaints.push(text));
  return { stdout: out.join('\n'), stderr: complaints.join(''), exitCode };
}

async function start(script: string, env: Record<string, string>) {
  const { stdout, stderr, exitCode } = await execaNode(path.join(root, 'scripts', script), [], {
    nodeOptions: ['--conditions=@rideshare/source'],
    env: { RIDESHARE_DATA_DIR: dataDir, NODE_OPTIONS: '', ...env },
    reject: false,
  });
  return { stdout, stderr, exitCode };
}

describe('dlq', () => {
  it('with no platform running, says so and ends with 69', async () => {
    const none = await dlq('list');
    expect(none.exitCode).toBe(69);
    expect(none.stderr).toContain(`no platform is running on ${dataDir}`);
  });

  it.each([
    [['bogus'], 'unknown command'],
    [['show'], 'missing required argument'],
    [['show', '12'], 'is not a dead letter'],
    [['redrive'], 'name the dead letters'],
    [['redrive', 'trip/1', '--service', 'user', '--group', 'g'], 'not both'],
    [['redrive', '--service', 'user'], 'name the dead letters'],
    [['list', '--limit', '0'], '--limit'],
    [['list', '--service', 'gateway'], '--service'],
  ])('with %j, says what is wrong and ends with 64', async (args, complaint) => {
    expect(await dlq(...args)).toMatchObject({ exitCode: 64, stderr: expect.stringContaining(complaint) });
  });

  it('on a running platform, lists, shows, compares and redrives', async () => {
    const urls = Object.fromEntries(['user', 'driver', 'trip', 'payment', 'notification'].map((name) => [name, url]));
    const startedAt = new Date(0).toISOString();
    writeRunFile(dataDir, { pid: process.pid, startedAt, portOffset: 0, ports: {}, databaseUrls: urls });
    const listed = await dlq('list', '--service', 'trip', '--stream', envelope.stream);
    expect(listed.stdout).toMatch(/^trip\/1 .* user:.*#2 {2}EVENT_INVALID {2}1x\n1 dead letter$/);
    expect(JSON.parse((await dlq('show', 'trip/1')).stdout)).toMatchObject({ code: 'EVENT_INVALID', envelope });
    expect((await dlq('show', 'trip/99')).exitCode).toBe(1);
    expect((await dlq('diff', 'trip/1')).stdout).toContain('/data/by');
    expect((await dlq('redrive', '--service', 'trip', '--group', 'none')).stdout).toBe(
      'trip: handed 0 back to the consumer',
    );
    expect((await dlq('redrive', 'trip/1')).stdout).toBe('trip: handed 1 back to the consumer');
    expect((await dlq('list', '--service', 'trip')).stdout).toBe('no dead letters');
    const { rows } = await database.query('select event_id, attempts from event_retries');
    expect(rows).toEqual([{ event_id: id, attempts: 0 }]);
  });
});

describe('migrate', () => {
  it('on a database with nothing in it, brings every schema up to date, and then finds nothing to do', async () => {
    const empty = await createTestDatabase();
    const lines: string[] = [];
    await migrateAll({ admin: empty.url }, (line) => lines.push(line));
    expect(lines).toContain('event_log: applied 0001_create_log');
    expect(lines).toContain('trip: applied 0003_create_outbox');
    const again = await start('migrate.ts', { ADMIN_DATABASE_URL: empty.url });
    expect(again).toEqual({ stdout: 'every schema is up to date', stderr: '', exitCode: 0 });
    await empty.drop();
  });

  it('on a server that is not there, ends with 69', async () => {
    const unreachable = await start('migrate.ts', { ADMIN_DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' });
    expect(unreachable).toMatchObject({ exitCode: 69, stderr: 'migrate: PostgreSQL cannot be reached' });
  });
});

describe('the command', () => {
  it('ends with the exit code of the program', async () => {
    expect((await start('dlq.ts', {})).exitCode).toBe(64);
  });
});
