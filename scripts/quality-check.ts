/** Every check that needs no test. The first failure ends it; what passed before is said in one line each. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

// lint takes as long as all the others together: two lanes, in which a check waits for the one before it
const LANES = [['lint'], ['format:check', 'type-check', 'boundaries', 'knip']];

const running = new Set<ChildProcess>();

// each check is a group of processes: the package manager, and the tool it started
function stopOthers(): void {
  for (const { pid, exitCode } of running) if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
}

async function runCheck(check: string): Promise<void> {
  const started = performance.now();
  const child = spawn('yarn', ['run', check], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  running.delete(child);
  if (process.exitCode !== undefined) return; // stopped, because another one had failed
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  if (code === 0) {
    process.stdout.write(`quality-check: ${check} passed in ${seconds} s\n`);
    return;
  }
  process.exitCode = 1;
  stopOthers();
  process.stderr.write(`${output}\nquality-check: ${check} failed; what it found is above\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.exitCode = 130;
    stopOthers();
  });
}

await Promise.all(
  LANES.map(async (lane) => {
    for (const check of lane) if (process.exitCode === undefined) await runCheck(check);
  }),
);
