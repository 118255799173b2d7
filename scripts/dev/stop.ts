/** `make stop`: ends the platform that runs on this data, and waits until it is gone. */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { CliError, runCli } from '../cli.ts';
import { readLayout } from './layout.ts';
import { findRunner, isAlive, nothingRuns } from './run-file.ts';

const TIMEOUT_MS = 60_000;
const POLL_MS = 100;

async function stop(): Promise<void> {
  const { dataDir } = readLayout(process.env);
  const run = await findRunner(dataDir);
  if (!run) {
    const { exitCode, message } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  process.kill(run.pid, 'SIGTERM');
  const deadline = performance.now() + TIMEOUT_MS;
  while (isAlive(run.pid) && performance.now() < deadline) await delay(POLL_MS);
  if (isAlive(run.pid)) {
    throw new CliError(`process ${String(run.pid)} has not ended within ${String(TIMEOUT_MS / 1000)} s`);
  }
  process.stdout.write('stopped\n');
}

await runCli(new Command('stop').description('ends the platform that runs on this data').action(stop));
