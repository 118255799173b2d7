import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { CliError } from '../../scripts/cli.ts';
import { describeCatcher } from './plot.ts';
import type { Catcher, SeedCatcher, TestCatcher } from './plot.ts';

const TIMEOUT_MS = 300_000;
/** Long enough for a ride, short enough for many seeds. */
const HOURS_PER_SEED = 0.06;
/** As the root's `test` script: Jest needs it for modules. */
const NODE_OPTIONS = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
const HUNG = 'it did not come to an end';

interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs a catcher in the tree at `root`.
 *
 * @returns The first test or check that is red, `undefined` when all is green.
 * @throws When nothing could be run: that is no catch.
 */
export function runCatcher(root: string, catcher: Catcher): Promise<string | undefined> {
  return 'seeds' in catcher ? runSeeds(root, catcher) : runTests(root, catcher);
}

async function runTests(root: string, catcher: TestCatcher): Promise<string | undefined> {
  const reportFile = path.join(root, '.data-planted.json');
  rmSync(reportFile, { force: true });
  const { tests, named } = catcher;
  const flags = ['--runTestsByPath', tests, '--forceExit', '--json', '--outputFile', reportFile];
  const only = named === undefined ? [] : ['--testNamePattern', named];
  const run = await execa('node', ['node_modules/jest/bin/jest.js', ...flags, ...only], {
    cwd: root,
    reject: false,
    all: true,
    timeout: TIMEOUT_MS,
    stdin: 'ignore',
    env: { CI: 'true', NODE_OPTIONS },
  });
  if (run.timedOut) return HUNG;
  const results = readReport(reportFile)?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const red = results.find(({ status }) => status === 'failed');
  if (red) return red.fullName;
  if (run.exitCode === 0 && results.some(({ status }) => status === 'passed')) return undefined;
  throw new CliError(`${describeCatcher(catcher)} did not run:\n${run.all}`);
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined; // it never got so far; what it printed says why
  }
}

async function runSeeds(root: string, catcher: SeedCatcher): Promise<string | undefined> {
  const { seeds } = catcher;
  const size = ['--seeds', String(seeds), '--hours', String(seeds * HOURS_PER_SEED)];
  const flags = [...size, '--no-shrink', '--out', path.join(root, '.data/simulation')];
  const run = await execa('node', ['--conditions=@rideshare/source', 'tests/simulation/cli.ts', ...flags], {
    cwd: root,
    reject: false,
    all: true,
    timeout: TIMEOUT_MS,
    stdin: 'ignore',
  });
  if (run.timedOut) return HUNG;
  if (run.exitCode === 0) return undefined;
  const [, broken] = /^ {2}(\d+ [^:\n]+): /m.exec(run.all) ?? [];
  if (broken !== undefined) return `check ${broken}`;
  throw new CliError(`${describeCatcher(catcher)} did not run:\n${run.all}`);
}
