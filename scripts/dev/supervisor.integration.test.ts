import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isAlive } from './run-file.ts';
import { supervise } from './supervisor.ts';
import type { Supervised } from './supervisor.ts';

const WAIT_MS = 10_000;
let folder: string;
let supervised: Supervised;
const said: string[] = [];

/** Writes its id down and stays. */
const SCRIPT = `require('node:fs').appendFileSync(process.env.PIDS, process.pid + '\\n'); setInterval(() => undefined, 1e6)`;

function pids(): number[] {
  const file = path.join(folder, 'pids');
  if (!existsSync(file)) return [];
  // a line that is not ended yet, or no line in a file that was made a moment ago, is nobody
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number);
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not so: ${holds.toString()}; pids ${pids().join(', ')}`);
    await delay(20);
  }
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'supervisor-'));
  said.length = 0;
  supervised = supervise(
    {
      name: 'it',
      cwd: folder,
      args: ['-e', SCRIPT],
      env: { PIDS: path.join(folder, 'pids') },
      logFile: path.join(folder, 'log'),
      mayEnd: false,
    },
    (line) => said.push(line),
  );
});
afterEach(async () => {
  await supervised.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a supervised process', () => {
  it('is one process, however many restarts are asked for at once', async () => {
    supervised.start();
    await until(() => pids().length === 1);
    await Promise.all([supervised.restart(), supervised.restart(), supervised.restart()]);
    await until(() => pids().length >= 2 && isAlive(pids().at(-1) ?? 0));
    expect(pids().filter(isAlive)).toHaveLength(1);
  });

  it('that is killed is started again at once, and says so', async () => {
    supervised.start();
    await until(() => pids().length === 1);
    process.kill(pids()[0] ?? 0, 'SIGKILL');
    await until(() => pids().length === 2);
    expect(said).toEqual([expect.stringContaining('it ended (SIGKILL); starting it again in 0 ms')]);
  });

  it('is gone after stop, and stays gone', async () => {
    supervised.start();
    await until(() => pids().length === 1);
    await supervised.stop();
    await supervised.restart();
    expect(pids().filter(isAlive)).toEqual([]);
  });
});
