/**
 * Completed trips a second of the whole platform on this machine, simulator included, and the CPU time of each process a
 * trip. Wants a running platform with a still city: `SIMULATE=0 make dev`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { execa } from 'execa';
import { CliError, runCli } from '../../scripts/cli.ts';
import { readLayout, root } from '../../scripts/dev/layout.ts';
import { nothingRuns, readRunFile } from '../../scripts/dev/run-file.ts';
import { usageOf } from './processes.ts';

const SPEED = 240;

interface Figures {
  readonly completed: number;
  readonly completedPerS: number;
  readonly contradictions: readonly string[];
  readonly durationS: number;
  readonly firstOfferMs: { readonly p50: number | null; readonly p99: number | null };
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('a number above 0 is wanted.');
}

async function simulate(flags: readonly string[], report: string): Promise<Figures> {
  const run = await execa(
    process.execPath,
    ['--conditions=@rideshare/source', 'apps/simulator/src/main.ts', ...flags, '--report', report],
    { cwd: root, reject: false, stdout: 'inherit', stderr: 'inherit' },
  );
  if (run.exitCode !== 0 && run.exitCode !== 1) throw new CliError('the simulator failed', run.exitCode ?? 1);
  return JSON.parse(readFileSync(report, 'utf8')) as Figures;
}

async function bench(flags: {
  readonly rate: number;
  readonly drivers: number;
  readonly seconds: number;
}): Promise<void> {
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  if (!run) {
    const { exitCode, message } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'rideshare-spine-'));
  const report = path.join(folder, 'report.json');
  const fixed = ['--behaviour', 'calm', '--seed', '5', '--speed', String(SPEED), '--drivers', String(flags.drivers)];
  // a first run of one second signs the fleet up, so that hashing passwords is not measured
  await simulate([...fixed, '--rate', '1', '--duration', '1'], report);
  const before = usageOf(run.pid);
  const ratePerCityMinute = (flags.rate * 60) / SPEED;
  const figures = await simulate(
    [...fixed, '--rate', String(ratePerCityMinute), '--duration', String(flags.seconds)],
    report,
  );
  const after = usageOf(run.pid);
  rmSync(folder, { recursive: true });
  process.stdout.write(`\n| process | CPU ms a trip | memory, PSS MB |\n| --- | --- | --- |\n`);
  for (const [name, { cpuMs, pssMb }] of after) {
    const used = (cpuMs - (before.get(name)?.cpuMs ?? 0)) / Math.max(1, figures.completed);
    process.stdout.write(`| ${name} | ${used.toFixed(1)} | ${pssMb.toFixed(0)} |\n`);
  }
  const total = [...after.values()].reduce((sum, { pssMb }) => sum + pssMb, 0);
  process.stdout.write(`| all | | ${total.toFixed(0)} |\n\n`);
  process.stdout.write(
    `${String(figures.completed)} completed at ${String(flags.rate)} asked a second: ${(figures.completed / flags.seconds).toFixed(1)} a second; first offer p50 ${String(figures.firstOfferMs.p50)} ms, p99 ${String(figures.firstOfferMs.p99)} ms; ${String(figures.contradictions.length)} contradictions\n`,
  );
  if (figures.contradictions.length > 0) throw new CliError('a run with contradictions is not a measurement', 1);
}

const program = new Command('platform/spine')
  .description('Trips a second of a running platform, and what each of them costs.')
  .option('--rate <trips>', 'requests a second', positive, 12)
  .option('--drivers <count>', 'drivers at work', positive, 300)
  .option('--seconds <seconds>', 'how long requests come', positive, 60)
  .action(bench);

await runCli(program);
