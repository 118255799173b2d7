/** `yarn audit:invariants`: re-checks the correctness rules from stores and event log. */
import path from 'node:path';
import { isAppError, toError } from '@rideshare/kernel';
import { systemScheduler } from '@rideshare/kernel/system';
import { createLogger, runProcess } from '@rideshare/observability';
import { Command, InvalidArgumentError } from 'commander';
import { audit, countViolations } from './audit.ts';
import { checks } from './checks.ts';
import { auditorConfig, databaseUrlOf } from './config.ts';
import { openDatabase } from './open-database.ts';
import { renderJson, renderText } from './report.ts';
import { watch } from './watch.ts';

const EXIT = { violation: 1, usage: 64, unavailable: 69, configuration: 78 } as const;
const SETTLE_MS = 60_000;
const root = path.resolve(import.meta.dirname, '../../..');

interface Flags {
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly rule?: number;
  readonly settleMs: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}

function knownRule(text: string): number {
  const rule = wholeNumber(text);
  const rules = [...new Set(checks.map((check) => check.rule))];
  if (!rules.includes(rule)) throw new InvalidArgumentError(`one of ${rules.join(', ')} is wanted`);
  return rule;
}

function open() {
  const config = auditorConfig.load(process.env);
  return { config, database: openDatabase(databaseUrlOf(config, root)) };
}

async function once(flags: Flags): Promise<number> {
  const { database } = open();
  try {
    const chosen = checks.filter(({ rule }) => flags.rule === undefined || rule === flags.rule);
    const reports = await audit({ database, scheduler: systemScheduler, settleMs: flags.settleMs }, chosen);
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
      const deps = { ...config, database, logger, scheduler: systemScheduler, settleMs: flags.settleMs };
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
  .option('--rule <number>', 'only this rule', knownRule)
  .option('--json', 'print JSON')
  .option('--watch', 'audit on a timer and serve /metrics')
  .option('--settle-ms <ms>', 'how long two stores may disagree before it counts', wholeNumber, SETTLE_MS)
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : EXIT.usage);
  });

const flags = program.parse().opts<Flags>();
if (flags.watch) {
  await watchForever(flags);
} else {
  process.exitCode = await once(flags).catch((thrown: unknown) => {
    const error = toError(thrown);
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  });
}
