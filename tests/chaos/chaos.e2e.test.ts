/** A fixed round of faults on real processes under load, run as a person would run it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { Summary } from './round.ts';

const root = path.resolve(import.meta.dirname, '../..');
const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
/** The round takes a few minutes; a machine that stands still may take several times as long. */
const ROUND_TIMEOUT_MS = 1_500_000;
const STOP_TIMEOUT_MS = 120_000;

let out: string;

function run(args: readonly string[]) {
  return execa(process.execPath, ['--conditions=@rideshare/source', cli, ...args], {
    cwd: root,
    reject: false,
    all: true,
    timeout: ROUND_TIMEOUT_MS,
    // it takes its platform with it, which takes a while
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
}

beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'rideshare-chaos-out-'));
});

afterAll(() => {
  rmSync(out, { recursive: true, force: true });
});

it(
  'twenty kills and more under load lose nothing that was acknowledged and break no rule',
  async () => {
    const round = await run(['--schedule', path.join(import.meta.dirname, 'schedules/ci.json'), '--out', out]);
    expect({ exitCode: round.exitCode, said: round.exitCode === 0 ? '' : round.all }).toEqual({
      exitCode: 0,
      said: '',
    });
    const summary = JSON.parse(readFileSync(path.join(out, 'summary.json'), 'utf8')) as Summary;
    expect(summary.violations).toEqual([]);
    expect(summary.faults.kill).toBeGreaterThanOrEqual(20);
    expect(summary.faults).toMatchObject({ stop: 3, kill_backends: 2, crash_postgres: 1, restart: 1 });
    expect(summary.restarts).toBeGreaterThanOrEqual(22);
    // signing up alone is more than a hundred; what comes on top depends on how much the machine gets done
    expect(summary.acknowledged).toBeGreaterThanOrEqual(200);
    expect(summary.lost).toBe(0);
    expect(summary.trips.completed).toBeGreaterThanOrEqual(3);
  },
  ROUND_TIMEOUT_MS + 60_000,
);

it.each([
  [['--schedule', '/nowhere.json'], /nowhere\.json cannot be read/],
  [['--minutes', 'many'], /a number from 0\.1 to 1440 is wanted/],
  [['--what'], /--what/],
])('refuses %p as usage', async (args, message) => {
  const refused = await run(args);
  expect(refused.exitCode).toBe(64);
  expect(refused.stderr).toMatch(message);
});
