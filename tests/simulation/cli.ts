/** `yarn sim`: lives seeds through, and replays the ones that fail. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CliError, runCli, usageError } from '../../scripts/cli.ts';
import { planOf, runPlan } from './run-seed.ts';
import type { Outcome, Plan } from './run-seed.ts';
import { shrink } from './shrink.ts';

const HOUR_MS = 3_600_000;
/** About the time in which a city is set up and comes to rest, beside the time it is open. */
const AROUND_MS = 110_000;
const OPEN_MIN_MS = 60_000;
const PROGRESS_EVERY = 25;

interface Flags {
  readonly seeds: number;
  readonly hours: number;
  readonly from: number;
  readonly seed?: number;
  readonly plan?: string;
  readonly repeat: number;
  readonly out: string;
  readonly shrink: boolean;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('must be a whole number, 0 or more.');
  return value;
}

function hoursOf(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0.');
  return value;
}

function openMsOf({ hours, seeds }: Flags): number {
  const openMs = Math.floor((hours * HOUR_MS) / seeds) - AROUND_MS;
  if (openMs < OPEN_MIN_MS) {
    const least = ((AROUND_MS + OPEN_MIN_MS) * seeds) / HOUR_MS;
    throw usageError(
      `--hours ${String(hours)} is too little for ${String(seeds)} seeds: give at least ${least.toFixed(1)}`,
    );
  }
  return openMs;
}

function readPlan(file: string): Plan {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch (error) {
    throw usageError(`cannot read the plan ${file}: ${String(error)}`);
  }
}

function* plansOf(flags: Flags): Iterable<Plan> {
  if (flags.plan !== undefined) {
    yield readPlan(flags.plan);
    return;
  }
  const openMs = openMsOf(flags);
  if (flags.seed !== undefined) {
    yield planOf(flags.seed, openMs);
    return;
  }
  for (let seed = flags.from; seed < flags.from + flags.seeds; seed += 1) yield planOf(seed, openMs);
}

function total(counts: Iterable<ReadonlyMap<string, number>>): [string, number][] {
  const sums = new Map<string, number>();
  for (const count of counts) for (const [name, times] of count) sums.set(name, (sums.get(name) ?? 0) + times);
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function describeCounts(counts: Iterable<ReadonlyMap<string, number>>): string {
  return total(counts)
    .map(([name, times]) => `${name} ${String(times)}`)
    .join(', ');
}

function reportTotals(outcomes: readonly Outcome[]): void {
  const simulatedMs = outcomes.reduce((sum, outcome) => sum + outcome.simulatedMs, 0);
  const realMs = outcomes.reduce((sum, outcome) => sum + outcome.realMs, 0);
  const faults = total(outcomes.map((outcome) => outcome.faults)).reduce((sum, [, times]) => sum + times, 0);
  say(`seeds       ${String(outcomes.length)}`);
  say(
    `simulated   ${(simulatedMs / HOUR_MS).toFixed(2)} h in ${(realMs / 1_000).toFixed(0)} s: ${(simulatedMs / realMs).toFixed(0)} times real time`,
  );
  say(`trips       ${describeCounts(outcomes.map(({ trips }) => trips))}`);
  say(`faults      ${String(faults)}: ${describeCounts(outcomes.map((outcome) => outcome.faults))}`);
  const kept = outcomes.reduce((sum, { appointments }) => sum + appointments, 0);
  say(`steps       ${String(kept)}, ${((kept * 1_000) / simulatedMs).toFixed(0)} a virtual second`);
  say(`told        ${String(outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0))} changes acknowledged`);
}

function reportFailure({ plan, violations }: Outcome, file: string): void {
  for (const { check, what } of violations.slice(0, 20)) say(`  ${check}: ${what}`);
  const { seed, embedded, riders, drivers, faults, openMs } = plan;
  const log = embedded ? 'log beside the stores' : 'log apart';
  say(
    `  seed ${String(seed)}, ${log}: ${String(riders.length)} riders, ${String(drivers.length)} drivers, ${String(faults.length)} faults, open for ${(openMs / 1_000).toFixed(0)} s`,
  );
  say(`  again: yarn sim --plan ${file}`);
}

/** The same plan has to come to the same, event for event. */
async function repeat(plan: Plan, times: number): Promise<void> {
  const prints = new Set<string>();
  for (let run = 0; run < times; run += 1) prints.add((await runPlan(plan)).fingerprint);
  say(`${String(times)} runs, ${String(prints.size)} fingerprint(s): ${[...prints].join(' ')}`);
  if (prints.size > 1) throw new CliError(`seed ${String(plan.seed)} did not come to the same each time`);
}

async function simulate(flags: Flags): Promise<void> {
  if (flags.repeat > 1) {
    if (flags.seed === undefined && flags.plan === undefined) throw usageError('--repeat needs --seed or --plan');
    for (const plan of plansOf(flags)) await repeat(plan, flags.repeat);
    return;
  }
  const outcomes: Outcome[] = [];
  let failed = 0;
  for (const plan of plansOf(flags)) {
    const outcome = await runPlan(plan);
    outcomes.push(outcome);
    if (outcomes.length % PROGRESS_EVERY === 0) say(`${String(outcomes.length)} seeds lived through`);
    if (outcome.violations.length === 0) continue;
    failed += 1;
    say(`seed ${String(plan.seed)} breaks ${String(outcome.violations.length)} promises`);
    const smallest = flags.shrink ? await shrink(outcome, runPlan) : outcome;
    mkdirSync(flags.out, { recursive: true });
    const file = path.join(flags.out, `seed-${String(plan.seed)}.json`);
    writeFileSync(file, `${JSON.stringify(smallest.plan, null, 1)}\n`);
    reportFailure(smallest, file);
  }
  reportTotals(outcomes);
  const [only] = outcomes;
  if (only && outcomes.length === 1) say(`fingerprint ${only.fingerprint}`);
  if (failed > 0) throw new CliError(`${String(failed)} of ${String(outcomes.length)} seeds break a promise`);
}

const program = new Command('sim')
  .description('runs the real services in virtual time, on stores in memory, under faults')
  .option('--seeds <number>', 'how many', wholeNumber, 300)
  .option('--hours <number>', 'virtual hours in total, about', hoursOf, 17)
  .option('--from <seed>', 'the first', wholeNumber, 1)
  .option('--seed <seed>', 'this one alone, as long as it would be among --seeds in --hours', wholeNumber)
  .option('--plan <file>', 'a plan that was written for a seed that failed')
  .option('--repeat <times>', 'live the one seed through this often, and compare', wholeNumber, 1)
  .option('--out <folder>', 'where plans of failing seeds are written', '.data/simulation')
  .option('--no-shrink', 'do not look for a smaller plan that fails, too')
  .allowExcessArguments(false)
  .action(simulate);
await runCli(program);
