/**
 * `yarn test:chaos [--schedule FILE] [--minutes N] [--seed S] [--rate R] [--out FOLDER]`: one round of faults against a platform of
 * its own under load. Exit codes: 0 nothing wrong, 1 violations or lost changes, 64 arguments.
 */
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CliError, runCli } from '../../scripts/cli.ts';
import { root } from '../../scripts/dev/layout.ts';
import { runRound } from './round.ts';
import { makeSchedule, readSchedule } from './schedule.ts';
import { renderSummary } from './summary.ts';

interface Flags {
  readonly schedule?: string;
  readonly minutes?: number;
  readonly seed?: number;
  readonly rate?: number;
  readonly out?: string;
}

const MINUTES = 5;
const RATE = 0.4;
const SEED = 1;

function number(from: number, to: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`a ${whole ? 'whole ' : ''}number from ${String(from)} to ${String(to)} is wanted.`);
  };
}

async function run(flags: Flags): Promise<void> {
  const { minutes = MINUTES, rate = RATE, seed = SEED } = flags;
  const given = flags.schedule === undefined ? undefined : readSchedule(path.resolve(flags.schedule));
  const schedule = given
    ? { ...given, seed: flags.seed ?? given.seed, rate: flags.rate ?? given.rate }
    : makeSchedule({ minutes, rate, seed });
  const lastsS = given && flags.minutes === undefined ? 0 : minutes * 60;
  const out = path.resolve(root, flags.out ?? `.data/chaos/seed-${String(schedule.seed)}`);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // `on`, not `once`: what ends children with their parent takes a signal without listeners for one that nobody handles
    process.on(signal, () => {
      stopping.abort();
    });
  }
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`${String(schedule.faults.length)} faults; the round is kept in ${out}`);
  const summary = await runRound({ schedule, lastsS, out, say }, stopping.signal);
  process.stdout.write(renderSummary(summary));
  const again = `yarn test:chaos --schedule ${path.join(out, 'schedule.json')}`;
  if (summary.violations.length > 0) throw new CliError(`the same round again: ${again}`);
}

await runCli(
  new Command('test:chaos')
    .description('Kills, pauses and restarts the processes of a platform under load, and checks what it promised.')
    .option('--schedule <file>', 'what to do and when; without it one is made from the seed')
    .option(
      '--minutes <count>',
      'how long a made schedule is, or the least that a given one lasts',
      number(0.1, 1_440, false),
    )
    .option('--seed <number>', 'of the schedule and of the city', number(0, 999_999_999, true))
    .option('--rate <wishes>', 'for a ride, per city minute', number(0.01, 1_000, false))
    .option('--out <folder>', 'where schedule, journal, reports and logs are kept')
    .allowExcessArguments(false)
    .action(run),
);
// a round that was cut off leaves waits behind that nobody needs
process.exit();
