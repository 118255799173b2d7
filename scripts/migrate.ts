/** Brings the schema of every service up to date: `yarn migrate`. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { migrate, migrateEventLog } from '@rideshare/postgres';
import { Command } from 'commander';
import { CliError, runCli } from './cli.ts';
import { readLayout, root } from './dev/layout.ts';
import { nothingRuns, readRunFile } from './dev/run-file.ts';

/** The connections to migrate over: `admin`, and a service's own where it has one. */
export type DatabaseUrls = Readonly<Record<string, string>> & { readonly admin: string };

/**
 * Migrates the event log, and then the schema of every service that has migrations.
 *
 * @remarks Idempotent; processes that do it at the same time wait for one another.
 * @throws `MIGRATION_FAILED`, `ENGINE_UNREACHABLE`.
 */
export async function migrateAll(urls: DatabaseUrls, log: (line: string) => void = () => undefined): Promise<void> {
  await migrateEventLog({ url: urls.admin, log });
  for (const folder of globSync('services/*/migrations', { cwd: root }).toSorted()) {
    const schema = path.basename(path.dirname(folder));
    await migrate({ url: urls[schema] ?? urls.admin, schema, dir: path.join(root, folder), log });
  }
}

function findUrls(): DatabaseUrls {
  const given = process.env['ADMIN_DATABASE_URL'];
  if (given !== undefined && given !== '') return { admin: given };
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  const admin = run?.databaseUrls['admin'];
  if (run && admin !== undefined) return { ...run.databaseUrls, admin };
  const { message, exitCode } = nothingRuns(dataDir);
  throw new CliError(message, exitCode);
}

if (import.meta.main) {
  const program = new Command('migrate')
    .description('bring every schema up to date, on the running platform or on ADMIN_DATABASE_URL')
    .action(async () => {
      let lines = 0;
      await migrateAll(findUrls(), (line) => {
        lines += 1;
        process.stdout.write(`${line}\n`);
      });
      if (lines === 0) process.stdout.write('every schema is up to date\n');
    });
  await runCli(program);
}
