/** The dead letters of the running platform: `yarn dlq list|show|diff|redrive`. */
import { eventCatalogue } from '@rideshare/contracts';
import { createDeadLetters } from '@rideshare/messaging';
import type { DeadLetter, DeadLetterContent, DeadLetterFilter, DeadLetters } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import { Command, Option } from 'commander';
import { CliError, runCli, usageError } from './cli.ts';
import { compareToContract } from './dlq/compare.ts';
import { readLayout, SERVICES } from './dev/layout.ts';
import { nothingRuns, readRunFile } from './dev/run-file.ts';

const CONSUMING = SERVICES.filter((service) => service !== 'gateway');

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Works on the dead letters of `service`, which lie in its own schema. */
async function withLetters<T>(service: string, work: (letters: DeadLetters) => Promise<T>): Promise<T> {
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  const url = run?.databaseUrls[service];
  if (url === undefined) {
    const { message, exitCode } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  const database = createDatabase({ url, applicationName: 'dlq', poolMax: 1 });
  try {
    return await work(createDeadLetters({ database }));
  } finally {
    await database.close();
  }
}

function parseReference(reference: string): { service: string; id: number } {
  const [, service = '', id = ''] = /^([a-z]+)\/(\d+)$/.exec(reference) ?? [];
  if (!CONSUMING.some((each) => each === service)) {
    throw usageError(`"${reference}" is not a dead letter: write <service>/<number>, as "list" prints it`);
  }
  return { service, id: Number(id) };
}

function describe(service: string, letter: DeadLetter): string {
  const { id, group, type, stream, sequence, code, attempts, lastFailedAt } = letter;
  const where = stream === null ? '(unreadable)' : `${stream}#${String(sequence)}`;
  const cells = [
    `${service}/${String(id)}`,
    lastFailedAt.toISOString(),
    group,
    type,
    where,
    code,
    `${String(attempts)}x`,
  ];
  return cells.join('  ');
}

async function list(options: { service?: string; group?: string; stream?: string; limit: string }): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit must be a whole number from 1');
  const { group, stream } = options;
  const filter = { ...(group === undefined ? {} : { group }), ...(stream === undefined ? {} : { stream }), limit };
  let letters = 0;
  for (const service of options.service === undefined ? CONSUMING : [options.service]) {
    for (const letter of await withLetters(service, (all) => all.list(filter))) {
      print(describe(service, letter));
      letters += 1;
    }
  }
  print(letters === 0 ? 'no dead letters' : `${String(letters)} dead letter${letters === 1 ? '' : 's'}`);
}

async function find(reference: string): Promise<DeadLetterContent> {
  const { service, id } = parseReference(reference);
  return withLetters(service, (letters) => letters.show(id));
}

async function diff(reference: string): Promise<void> {
  const letter = await find(reference);
  const differences = compareToContract(letter.envelope, eventCatalogue);
  if (differences.length === 0) {
    print(`the event is what its contract says; it failed with ${letter.code}: ${letter.message}`);
    return;
  }
  for (const { pointer, problem } of differences) print(`${pointer}  ${problem}`);
}

async function redrive(
  references: readonly string[],
  options: { service?: string; group?: string; stream?: string },
): Promise<void> {
  const { service, group, stream } = options;
  const byService = new Map<string, DeadLetterFilter>();
  for (const reference of references) {
    const { service: named, id } = parseReference(reference);
    byService.set(named, { ids: [...(byService.get(named)?.ids ?? []), id] });
  }
  if (service !== undefined && (group !== undefined || stream !== undefined)) {
    if (references.length > 0) throw usageError('name dead letters, or a service with a group or a stream, not both');
    byService.set(service, {
      ...(group === undefined ? {} : { group }),
      ...(stream === undefined ? {} : { stream }),
    });
  }
  if (byService.size === 0) {
    throw usageError('name the dead letters to redrive, or give --service with --group or --stream');
  }
  for (const [named, filter] of byService) {
    const handedBack = await withLetters(named, (letters) => letters.redrive(filter));
    print(`${named}: handed ${String(handedBack)} back to the consumer`);
  }
}

const service = new Option('--service <name>', 'whose dead letters').choices(CONSUMING);
const program = new Command('dlq').description('look at events that were given up, and try them again');
program
  .command('list')
  .description('list dead letters, the oldest first')
  .addOption(service)
  .option('--group <name>', 'of one consumer group')
  .option('--stream <name>', 'of one aggregate, like trip:<id>')
  .option('--limit <number>', 'at most so many a service', '100')
  .action(list);
program
  .command('show <letter>')
  .description('print a dead letter, like trip/12, with everything in it')
  .action(async (reference: string) => {
    print(JSON.stringify(await find(reference), null, 2));
  });
program
  .command('diff <letter>')
  .description('print where a dead letter departs from the contract of its event')
  .action(diff);
program
  .command('redrive [letters...]')
  .description('hand dead letters back to their consumer')
  .addOption(service)
  .option('--group <name>', 'all of one consumer group')
  .option('--stream <name>', 'all of one aggregate')
  .action(redrive);
await runCli(program);
