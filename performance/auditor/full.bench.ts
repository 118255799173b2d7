/**
 * How long `yarn audit:invariants --full` takes over a city's past, and that it finds nothing in one that is as it should be.
 * Brings its own PostgreSQL; nothing else has to run.
 */
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@rideshare/postgres';
import { Command, InvalidArgumentError } from 'commander';
import { execa } from 'execa';
import pg from 'pg';
import { CliError, runCli } from '../../scripts/cli.ts';
import { root } from '../../scripts/dev/layout.ts';
import { freePort } from '../../scripts/pg/free-port.ts';
import { startPostgres } from '../../scripts/pg/postgres.ts';
import { plantCity } from './plant.ts';

const GOAL_S = 60;

interface Report {
  readonly violations: number;
  readonly checks: readonly { readonly name: string; readonly rule: number; readonly checked: number }[];
}

function trips(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a number of trips is wanted');
  return Number(text);
}

async function plant(url: string, number: number): Promise<void> {
  for (const dir of globSync('services/*/migrations', { cwd: root }).toSorted()) {
    await migrate({ url, schema: path.basename(path.dirname(dir)), dir: path.join(root, dir) });
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await plantCity((text, values) => client.query(text, values ? [...values] : []), number);
    await client.query('commit');
    // what autovacuum has done long before a city has so much of a past
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

/** CPU seconds of the processes that `pid` has started and that have ended; Linux counts them in hundredths. */
function cpuOfChildrenS(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const seconds = (since: number) => (performance.now() - since) / 1_000;

async function measure(number: number): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-audit-'));
  chmodSync(directory, 0o755); // the server may run as another user
  const postgres = await startPostgres({
    dataDir: path.join(directory, 'data'),
    port: await freePort(),
    disposable: true,
  });
  try {
    const url = postgres.url('postgres');
    const planting = performance.now();
    await plant(url, number);
    process.stdout.write(`planted ${String(number)} trips in ${seconds(planting).toFixed(0)} s\n`);
    const [nodeS, postgresS] = [cpuOfChildrenS(process.pid), cpuOfChildrenS(postgres.pid)];
    const auditing = performance.now();
    const main = path.join(root, 'apps/auditor/src/main.ts');
    const { stdout, stderr } = await execa(
      process.execPath,
      ['--conditions=@rideshare/source', main, '--full', '--json', '--settle-ms', '0'],
      { env: { DATABASE_URL: url }, reject: false },
    );
    const tookS = seconds(auditing);
    if (stdout === '') throw new CliError(stderr, 1);
    const { checks, violations } = JSON.parse(stdout) as Report;
    const lookedAt = checks.reduce((sum, { checked }) => sum + checked, 0);
    process.stdout.write(
      `audited in ${tookS.toFixed(1)} s: ${String(checks.length)} checks, ${String(lookedAt)} things looked at, ` +
        `${String(violations)} violations\n`,
    );
    const cpu = [cpuOfChildrenS(process.pid) - nodeS, cpuOfChildrenS(postgres.pid) - postgresS];
    process.stdout.write(`CPU: auditor ${(cpu[0] ?? 0).toFixed(1)} s, PostgreSQL ${(cpu[1] ?? 0).toFixed(1)} s\n`);
    if (violations > 0) throw new CliError(stdout, 1);
    if (tookS > GOAL_S && number >= 100_000) throw new CliError(`slower than ${String(GOAL_S)} s`, 1);
  } finally {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

await runCli(
  new Command('auditor/full')
    .description('An audit of everything, over a past of so many trips.')
    .option('--trips <number>', 'how many', trips, 100_000)
    .action(({ trips: number }: { readonly trips: number }) => measure(number)),
);
