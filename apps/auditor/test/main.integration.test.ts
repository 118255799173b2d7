import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import { migrateAll } from './support/stage.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
// a process starts, and a busy machine takes its time for it
jest.setTimeout(120_000);

let test: TestDatabase;
let directory: string;

beforeAll(async () => {
  test = await createTestDatabase();
  await migrateAll(test.url);
  directory = mkdtempSync(path.join(tmpdir(), 'auditor-main-'));
});
afterAll(async () => {
  await test.drop();
  rmSync(directory, { recursive: true });
});

async function run(...flags: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=@rideshare/source', main, ...flags], {
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: test.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, exitCode: child.exitCode };
}

describe('yarn audit:invariants', () => {
  it.each([
    [['--rule', '99'], 'a number from 1 to 40 is wanted'],
    [['--rule', 'nine'], 'a whole number is wanted'],
    [['--rule', '19'], 'nothing looks for it: there are no payouts yet'],
    [['--settle-ms', '-1'], 'a whole number is wanted'],
    [['--journal', '/nowhere/at-all'], '/nowhere/at-all cannot be read'],
    [['--watch', '--json'], '--json is for one audit'],
    [['--what'], 'unknown option'],
    [['more'], 'too many arguments'],
  ])('%p is a mistake of the caller', async (flags, message) => {
    const { exitCode, stderr, stdout } = await run(...flags);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('finds nothing where nothing has happened', async () => {
    const { exitCode, stdout } = await run('--full', '--settle-ms', '0');
    expect(stdout).toMatch(/\n0 violations\n$/);
    expect(exitCode).toBe(0);
  });

  it('finds what was acknowledged and is not there, and says who it is and where to look', async () => {
    const id = '01900000-0000-7000-8000-000000000001';
    const file = path.join(directory, 'journal.jsonl');
    const entry = {
      at: '2026-03-01T12:00:01.000Z',
      method: 'POST',
      route: 'requestTrip',
      path: '/api/trips',
      status: 201,
    };
    writeFileSync(file, `${JSON.stringify({ ...entry, ids: { trip: id } })}\n`);
    const { exitCode, stdout } = await run('--journal', file, '--rule', '31', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      violations: 1,
      checks: [
        {
          name: 'acknowledged-is-kept',
          violations: [{ subject: `trip ${id}`, ids: [id], lookAt: expect.stringContaining(`yarn trip ${id}`) }],
        },
      ],
    });
    expect(exitCode).toBe(1);
  });
});
