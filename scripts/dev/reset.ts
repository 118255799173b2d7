/** `make reset`: throws the development data away; the next start begins anew. */
import { rmSync } from 'node:fs';
import { Command } from 'commander';
import { runCli, usageError } from '../cli.ts';
import { readLayout } from './layout.ts';
import { findRunner } from './run-file.ts';

async function reset(): Promise<void> {
  const { dataDir } = readLayout(process.env);
  if (await findRunner(dataDir)) throw usageError(`a platform is running on ${dataDir}: make stop ends it`);
  rmSync(dataDir, { recursive: true, force: true });
  process.stdout.write(`removed ${dataDir}\n`);
}

await runCli(new Command('reset').description('throws the development data away').action(reset));
