/**
 * Completed trips a second of the whole platform on this machine, simulator included, and the CPU time of each process a
 * trip. Wants a running platform with a still city: `SIMULATE=0 make dev`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { execa } from 'execa';
import { CliError, runCli } from '../../scripts/cli.ts';
import { readLayout, root } from '../../scripts/dev/layout.ts';
import { nothingRuns, readRunFile } from '../../scripts/dev/run-file.ts';
import { usageOf } from './processes.ts';
import type { Usage } from './processes.ts';

const SPEED = 240;
/** Until the compilers have seen the code, and rides begin and end in step. */
const WARM_UP_S = 40;

/** Enough for all rides under way: nobody signs up, and hashes a password, while it is measured. */
const RIDERS = 200;

interface Figures {
  readonly completed: number;
  readonly completions: readonly number[];
  readonly contradictions: readonly string[];
  readonly firstOfferMs: { readonly p50: number | null; readonly p99: number | null };
}

/** CPU time and memory before and after the measured minute. */
interface Window {
  readonly before: ReadonlyMap<string, Usage>;
  readonly after: ReadonlyMap<string, Usage>;
}

interface Flags {
  readonly rate: number;
  readonly drivers: number;
  readonly seconds: number;
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('a number above 0 is wanted.');
}

/** Runs the city, and looks at the processes at both ends of the measured time. */
async function simulate({ drivers, rate, seconds }: Flags, runner: number, report: string): Promise<Window> {
  const flags = ['--behaviour', 'calm', '--seed', '5', '--verify', 'afterwards', '--riders', String(RIDERS)];
  flags.push('--report', report);
  flags.push('--speed', String(SPEED), '--drivers', String(drivers), '--rate', String((rate * 60) / SPEED));
  flags.push('--duration', String(WARM_UP_S + seconds));
  const run = execa(process.execPath, ['--conditions=@rideshare/source', 'apps/simulator/src/main.ts', ...flags], {
    cwd: root,
    reject: false,
    stderr: 'inherit',
  });
  const look = () => new Map([...usageOf(runner), ...usageOf(run.pid ?? 0, 'simulator')]);
  let window: Promise<Window> | undefined;
  for await (const line of run) {
    process.stdout.write(`${line}\n`);
    if (line !== 'the city begins') continue;
    window = (async () => {
      await delay(WARM_UP_S * 1000);
      const before = look();
      await delay(seconds * 1000);
      return { before, after: look() };
    })();
  }
  const { exitCode = 1 } = await run;
  if (!window || (exitCode !== 0 && exitCode !== 1)) throw new CliError('the simulator failed', exitCode);
  return window;
}

function printUsage({ after, before }: Window, completed: number): void {
  process.stdout.write(`\n| process | CPU ms a trip | memory, PSS MB |\n| --- | --- | --- |\n`);
  let [cpu, memory] = [0, 0];
  for (const [name, { cpuMs, pssMb }] of after) {
    const used = (cpuMs - (before.get(name)?.cpuMs ?? 0)) / Math.max(1, completed);
    cpu += used;
    memory += pssMb;
    process.stdout.write(`| ${name} | ${used.toFixed(1)} | ${pssMb.toFixed(0)} |\n`);
  }
  process.stdout.write(`| all | ${cpu.toFixed(1)} | ${memory.toFixed(0)} |\n\n`);
}

async function bench(flags: Flags): Promise<void> {
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  if (!run) {
    const { exitCode, message } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'rideshare-spine-'));
  const report = path.join(folder, 'report.json');
  const window = await simulate(flags, run.pid, report);
  const figures = JSON.parse(readFileSync(report, 'utf8')) as Figures;
  rmSync(folder, { recursive: true });
  const measured = figures.completions.slice(WARM_UP_S, WARM_UP_S + flags.seconds);
  const completed = measured.reduce((sum, count) => sum + count, 0);
  printUsage(window, completed);
  const perS = (completed / flags.seconds).toFixed(1);
  const { p50, p99 } = figures.firstOfferMs;
  process.stdout.write(
    `${perS} completed a second for ${String(flags.seconds)} s, ${String(flags.rate)} asked for; ` +
      `${String(figures.completed)} in all; first offer p50 ${String(p50)} ms, p99 ${String(p99)} ms; ` +
      `${String(figures.contradictions.length)} contradictions\n`,
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
