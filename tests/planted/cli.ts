/** `yarn test:planted`: takes the guards away one by one, and sees that something notices each time. */
import path from 'node:path';
import { toError } from '@rideshare/kernel';
import { Command, InvalidArgumentError } from 'commander';
import { CliError, runCli, usageError } from '../../scripts/cli.ts';
import { plantedBugs } from './bugs.ts';
import { copyTree } from './copy-tree.ts';
import { describeCatcher, plant } from './plot.ts';
import type { Catcher, PlantedBug } from './plot.ts';
import { runCatcher } from './run-catcher.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const EXIT_INTERRUPTED = 130;

interface Catch {
  readonly catcher: Catcher;
  /** The test or check that was red first. */
  readonly redFirst: string;
}

interface Finding {
  readonly bug: PlantedBug;
  readonly caught: Catch | undefined;
  /** Why nobody knows: a catcher did not run, or is red anyway. */
  readonly trouble?: string;
}

interface Flags {
  readonly only?: string;
  readonly invariant?: number;
  readonly list?: true;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number above 0.');
  return value;
}

/** Bugs with the same first catcher follow one another. */
function choose({ only, invariant }: Flags): readonly PlantedBug[] {
  const chosen = plantedBugs
    .filter(({ name, file }) => only === undefined || name.includes(only) || file.includes(only))
    .filter(({ invariants }) => invariant === undefined || invariants.includes(invariant));
  if (chosen.length === 0) throw usageError('no planted bug is like that');
  return [...Map.groupBy(chosen, ({ catchers }) => catchers.map(describeCatcher)[0]).values()].flat();
}

/** Runs catchers in a tree, and sees beforehand, once for each, that it is green there. */
function createCatchers(root: string): (bug: PlantedBug) => Promise<Catch | undefined> {
  const green = new Set<string>();
  const check = async (catcher: Catcher): Promise<void> => {
    const name = describeCatcher(catcher);
    if (green.has(name)) return;
    const red = await runCatcher(root, catcher);
    if (red !== undefined) throw new CliError(`${name} is red without any planted bug: ${red}`);
    green.add(name);
  };
  return async (bug) => {
    for (const catcher of bug.catchers) {
      await check(catcher);
      const putBack = plant(root, bug);
      try {
        const redFirst = await runCatcher(root, catcher);
        if (redFirst !== undefined) return { catcher, redFirst };
      } finally {
        putBack();
      }
    }
    return undefined;
  };
}

function report({ bug, caught, trouble }: Finding): void {
  const broken = bug.invariants.length > 0 ? ` [${bug.invariants.join(', ')}]` : '';
  say(`${caught ? 'caught  ' : trouble === undefined ? 'SURVIVED' : 'UNKNOWN '}  ${bug.name}${broken}`);
  if (caught) say(`          by ${describeCatcher(caught.catcher)}: ${caught.redFirst}`);
  if (trouble !== undefined) say(trouble);
}

/** One that cannot be judged does not keep the others from it. */
async function judge(bug: PlantedBug, findCatch: (bug: PlantedBug) => Promise<Catch | undefined>): Promise<Finding> {
  try {
    return { bug, caught: await findCatch(bug) };
  } catch (error) {
    return { bug, caught: undefined, trouble: toError(error).message };
  }
}

function reportTable(findings: readonly Finding[], seconds: number): void {
  const numbers = [...new Set(findings.flatMap(({ bug }) => bug.invariants))].toSorted((a, b) => a - b);
  say('\ninvariant  planted  caught');
  for (const number of numbers) {
    const such = findings.filter(({ bug }) => bug.invariants.includes(number));
    const caught = such.filter((finding) => finding.caught).length;
    say(`${String(number).padStart(9)}  ${String(such.length).padStart(7)}  ${String(caught).padStart(6)}`);
  }
  const caught = findings.filter((finding) => finding.caught).length;
  const survived = String(findings.length - caught);
  say(
    `\n${String(findings.length)} planted, ${String(caught)} caught, ${survived} survived, in ${seconds.toFixed(0)} s`,
  );
}

async function hunt(flags: Flags): Promise<void> {
  const bugs = choose(flags);
  if (flags.list) {
    for (const { name, file, invariants } of bugs) say(`${invariants.join(', ').padEnd(10)}  ${name} (${file})`);
    return;
  }
  const startedMs = performance.now();
  const tree = copyTree(ROOT);
  // whoever interrupts it has no copy lying about
  process.once('exit', tree.remove).once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
  const findings: Finding[] = [];
  try {
    const findCatch = createCatchers(tree.root);
    for (const bug of bugs) {
      const finding = await judge(bug, findCatch);
      findings.push(finding);
      report(finding);
    }
  } finally {
    tree.remove();
  }
  reportTable(findings, (performance.now() - startedMs) / 1_000);
  const left = findings.filter(({ caught }) => !caught).map(({ bug }) => bug.name);
  if (left.length > 0) throw new CliError(`nothing noticed: ${left.join('; ')}`);
}

const program = new Command('test:planted')
  .description('plants bugs in a copy of the sources and sees that each is noticed')
  .option('--only <text>', 'those whose name or file contains it')
  .option('--invariant <number>', 'those that break it', wholeNumber)
  .option('--list', 'say what would be planted')
  .allowExcessArguments(false)
  .action(hunt);
await runCli(program);
