/** `make logs`: follows the log of every process, or of those that are named. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { CliError, runCli } from '../cli.ts';
import { readLayout } from './layout.ts';

const EXIT_UNAVAILABLE = 69;

async function follow(names: readonly string[]): Promise<void> {
  const { dataDir } = readLayout(process.env);
  const files = globSync(path.join(dataDir, 'logs', '*.log')).filter(
    (file) => names.length === 0 || names.includes(path.basename(file, '.log')),
  );
  if (files.length === 0) {
    throw new CliError(`no logs of ${names.join(', ') || 'any service'} in ${dataDir}`, EXIT_UNAVAILABLE);
  }
  const { exitCode } = await execa('tail', ['-n', '50', '-F', ...files], { stdio: 'inherit', reject: false });
  process.exitCode = exitCode ?? 0;
}

const program = new Command('logs')
  .description('follows the log of every process, or of those that are named')
  .argument('[names...]', 'gateway, user, driver, ...')
  .action(follow);
await runCli(program);
