import { eventCatalogue } from '@rideshare/contracts';
import { createDeadLetters } from '@rideshare/messaging';
import type { DeadLetter, DeadLetterContent, DeadLetterFilter, DeadLetters } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import { Command, Option } from 'commander';
import { CliError, usageError } from '../cli.ts';
import { readLayout, SERVICES } from '../dev/layout.ts';
import { nothingRuns, readRunFile } from '../dev/run-file.ts';
import { compareToContract } from './compare.ts';

/** Where the program finds the platform, and where its answers go. */
export interface DlqContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

interface Selection {
  readonly service?: string;
  readonly group?: string;
  readonly stream?: string;
}

const CONSUMING = SERVICES.filter((service) => service !== 'gateway');

/** Works on the dead letters of `service`, which lie in its own schema. */
async function withLetters<T>(
  { env }: DlqContext,
  service: string,
  work: (letters: DeadLetters) => Promise<T>,
): Promise<T> {
  const { dataDir } = readLayout(env);
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
  const [, service = '', id = ''] = /^([a-z]+)\/(\d{1,15})$/.exec(reference) ?? [];
  if (!CONSUMING.some((each) => each === service)) {
    throw usageError(`"${reference}" is not a dead letter: write <service>/<number>, as "list" prints it`);
  }
  return { service, id: Number(id) };
}

function describe(service: string, letter: DeadLetter): string {
  const { id, group, type, stream, sequence, code, attempts, lastFailedAt } = letter;
  const where = stream === null ? '(unreadable)' : `${stream}#${String(sequence)}`;
  return [
    `${service}/${String(id)}`,
    lastFailedAt.toISOString(),
    group,
    type,
    where,
    code,
    `${String(attempts)}x`,
  ].join('  ');
}

/** What of a selection the dead letters themselves can tell. */
function filterOf({ group, stream }: Selection): DeadLetterFilter {
  return { ...(group === undefined ? {} : { group }), ...(stream === undefined ? {} : { stream }) };
}

async function list(context: DlqContext, { service, limit: text, ...selection }: Selection & { limit: string }) {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit must be a whole number from 1');
  let count = 0;
  for (const each of service === undefined ? CONSUMING : [service]) {
    const letters = await withLetters(context, each, (all) => all.list({ ...filterOf(selection), limit }));
    for (const letter of letters) context.print(describe(each, letter));
    count += letters.length;
  }
  context.print(count === 0 ? 'no dead letters' : `${String(count)} dead letter${count === 1 ? '' : 's'}`);
}

async function find(context: DlqContext, reference: string): Promise<DeadLetterContent> {
  const { service, id } = parseReference(reference);
  return withLetters(context, service, (letters) => letters.show(id));
}

async function diff(context: DlqContext, reference: string): Promise<void> {
  const letter = await find(context, reference);
  const differences = compareToContract(letter.envelope, eventCatalogue);
  if (differences.length === 0) {
    context.print(`the event is what its contract says; it failed with ${letter.code}: ${letter.message}`);
  }
  for (const { pointer, problem } of differences) context.print(`${pointer}  ${problem}`);
}

/** What to redrive, by service: letters by name, or all of a group or a stream. */
function selected(references: readonly string[], { service, ...selection }: Selection): Map<string, DeadLetterFilter> {
  const filter = filterOf(selection);
  const isNarrowed = Object.keys(filter).length > 0;
  if (references.length > 0 && (service !== undefined || isNarrowed)) {
    throw usageError('name dead letters, or a service with a group or a stream, not both');
  }
  if (service !== undefined && isNarrowed) return new Map([[service, filter]]);
  if (references.length === 0) {
    throw usageError('name the dead letters to redrive, or give --service with --group or --stream');
  }
  const named = Map.groupBy(references.map(parseReference), (reference) => reference.service);
  return new Map([...named].map(([owner, letters]) => [owner, { ids: letters.map(({ id }) => id) }]));
}

async function redrive(context: DlqContext, references: readonly string[], selection: Selection): Promise<void> {
  for (const [service, filter] of selected(references, selection)) {
    const handedBack = await withLetters(context, service, (letters) => letters.redrive(filter));
    context.print(`${service}: handed ${String(handedBack)} back to the consumer`);
  }
}

/** The command line of `yarn dlq`. */
export function dlqProgram(context: DlqContext): Command {
  const service = () => new Option('--service <name>', 'whose dead letters').choices(CONSUMING);
  const program = new Command('dlq').description('look at events that were given up, and try them again');
  program
    .command('list')
    .description('list dead letters, the oldest first')
    .addOption(service())
    .option('--group <name>', 'of one consumer group')
    .option('--stream <name>', 'of one aggregate, like trip:<id>')
    .option('--limit <number>', 'at most so many a service', '100')
    .action((options: Selection & { limit: string }) => list(context, options));
  program
    .command('show <letter>')
    .description('print a dead letter, like trip/12, with everything in it')
    .action(async (reference: string) => {
      context.print(JSON.stringify(await find(context, reference), null, 2));
    });
  program
    .command('diff <letter>')
    .description('print where a dead letter departs from the contract of its event')
    .action((reference: string) => diff(context, reference));
  program
    .command('redrive [letters...]')
    .description('hand dead letters back to their consumer')
    .addOption(service())
    .option('--group <name>', 'all of one consumer group')
    .option('--stream <name>', 'all of one aggregate')
    .action((references: string[], options: Selection) => redrive(context, references, options));
  return program;
}
