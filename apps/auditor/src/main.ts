/** `yarn audit:invariants`: re-checks the correctness rules from stores and event log. */
import path from 'node:path';
import { isAppError, toError } from '@rideshare/kernel';
import { systemClock, systemScheduler } from '@rideshare/kernel/system';
import { createLogger, runProcess } from '@rideshare/observability';
import { Command, InvalidArgumentError } from 'commander';
import { audit, countViolations } from './audit.ts';
import { invariants } from './catalogue.ts';
import { checks } from './checks.ts';
import { auditorConfig, databaseUrlOf } from './config.ts';
import { readJournal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { openDatabase } from './open-database.ts';
import { renderJson, renderText } from './report.ts';
import { watch } from './watch.ts';

const EXIT = { violation: 1, usage: 64, unavailable: 69, configuration: 78 } as const;
const SETTLE_MS = 60_000;
const root = path.resolve(import.meta.dirname, '../../..');

interface Flags {
  readonly watch?: boolean;
  readonly full?: boolean;
  readonly json?: boolean;
  readonly journal?: readonly JournalEntry[];
  readonly rule?: number;
  readonly settleMs: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}

function knownRule(text: string): number {
  const rule = wholeNumber(text);
  const invariant = invariants.find((each) => each.rule === rule);
  if (!invariant) throw new InvalidArgumentError(`a number from 1 to ${String(invariants.length)} is wanted`);
  if (invariant.absent !== undefined) throw new InvalidArgumentError(`nothing looks for it: ${invariant.absent}`);
  return rule;
}

function journalIn(file: string): readonly JournalEntry[] {
  try {
    return readJournal(file);
  } catch (error) {
    throw new InvalidArgumentError(toError(error).message);
  }
}

/** What goes together, and what does not. */
function checkFlags({ journal, json, rule, watch }: Flags): void {
  const refuse = (flag: string) =>
    program.error(`error: ${flag} is for one audit, not for --watch`, { exitCode: EXIT.usage });
  if (!watch) return;
  if (journal) refuse('--journal');
  if (json) refuse('--json');
  if (rule !== undefined) refuse('--rule');
}

function open() {
  const config = auditorConfig.load(process.env);
  return { config, database: openDatabase(databaseUrlOf(config, root)) };
}

async function once(flags: Flags): Promise<number> {
  const { database } = open();
  try {
    const chosen = checks.filter(({ rule }) => flags.rule === undefined || rule === flags.rule);
    const { journal, settleMs } = flags;
    const { reports } = await audit({ database, journal, scheduler: systemScheduler, settleMs }, chosen);
    process.stdout.write(flags.json ? renderJson(reports) : renderText(reports));
    return countViolations(reports) > 0 ? EXIT.violation : 0;
  } finally {
    await database.close();
  }
}

async function watchForever(flags: Flags): Promise<void> {
  await runProcess({
    name: 'auditor',
    load: open,
    start: async ({ config, database }) => {
      const logger = createLogger({ service: 'auditor', version: config.version, level: config.logLevel });
      const ports = { clock: systemClock, database, logger, scheduler: systemScheduler };
      const fullIntervalMs = flags.full ? 0 : config.fullIntervalMs;
      const deps = { ...config, ...ports, fullIntervalMs, settleMs: flags.settleMs };
      const watching = await watch(deps, checks);
      return {
        async close() {
          await watching.close();
          await database.close();
        },
      };
    },
  });
}

function exitCodeOf(error: Error): number {
  if (!isAppError(error)) return EXIT.violation;
  for (const { detail, pointer } of error.fields) process.stderr.write(`${pointer}: ${detail}\n`);
  return error.code === 'CONFIG_INVALID' ? EXIT.configuration : error.kind === 'unavailable' ? EXIT.unavailable : 1;
}

const program = new Command('audit:invariants')
  .description('Re-checks the correctness rules of the platform from its stores and its event log.')
  .option('--full', 'look at everything, with --watch in every round; without --watch everything is looked at anyhow')
  .option('--rule <number>', 'only this invariant, 1 to 40', knownRule)
  .option('--journal <file>', 'check what clients were told, too: JSON lines, see the README of the auditor', journalIn)
  .option('--json', 'print JSON')
  .option('--watch', 'audit what has changed on a timer, everything now and then, and serve /metrics')
  .option('--settle-ms <ms>', 'how long two stores may disagree before it counts', wholeNumber, SETTLE_MS)
  .allowExcessArguments(false)
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : EXIT.usage);
  });

const flags = program.parse().opts<Flags>();
checkFlags(flags);
if (flags.watch) {
  await watchForever(flags);
} else {
  process.exitCode = await once(flags).catch((thrown: unknown) => {
    const error = toError(thrown);
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  });
}
