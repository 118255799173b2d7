import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lock } from 'proper-lockfile';
import { lockOptions, writeRunFile } from './run-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let dataDir: string;
let other: ChildProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'rideshare-run-'));
  other = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1_000)'], { stdio: 'ignore' });
  await once(other, 'spawn');
  const startedAt = new Date().toISOString();
  writeRunFile(dataDir, { pid: other.pid ?? 0, startedAt, portOffset: 0, ports: {}, databaseUrls: {} });
});

afterEach(() => {
  other.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

async function run(tool: 'stop' | 'reset' | 'logs', env: Readonly<Record<string, string>> = {}) {
  const child = spawn(
    process.execPath,
    ['--conditions=@rideshare/source', path.join(ROOT, 'scripts/dev', `${tool}.ts`)],
    { env: { ...process.env, RIDESHARE_DATA_DIR: dataDir, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, said };
}

test('make stop, where a killed runner left its process id to a stranger, leaves the stranger alone', async () => {
  expect(await run('stop')).toMatchObject({ status: 69, said: expect.stringContaining('no platform is running') });
  expect(other.signalCode).toBeNull();
  expect(other.kill(0)).toBe(true);
});

test('make reset, where a killed runner left its process id to a stranger, removes the data', async () => {
  expect(await run('reset')).toMatchObject({ status: 0 });
  expect(existsSync(dataDir)).toBe(false);
});

test('make reset and make stop, where the runner holds its lock, spare the data and end the runner', async () => {
  const release = await lock(dataDir, lockOptions(dataDir));
  expect(await run('reset')).toMatchObject({ status: 64 });
  const ended = once(other, 'exit');
  expect(await run('stop')).toEqual({ status: 0, said: 'stopped\n' });
  expect(await ended).toEqual([null, 'SIGTERM']);
  await release();
});

test.each(['stop', 'reset', 'logs'] as const)(
  'make %s, where nothing can listen, says so in one line',
  async (tool) => {
    expect(await run(tool, { PORT_OFFSET: 'x' })).toEqual({
      status: 64,
      said: `${tool}: PORT_OFFSET must be a whole number from 0 to 40000\n`,
    });
  },
);
