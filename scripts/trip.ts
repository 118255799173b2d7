/** Everything the running platform knows of one trip: `yarn trip <id>`. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { CliError, runCli, usageError } from './cli.ts';
import { readLayout } from './dev/layout.ts';
import { ADMIN } from './dev/processes.ts';
import { nothingRuns, readRunFile } from './dev/run-file.ts';
import { readLogs } from './trip/read-logs.ts';
import { renderTrip } from './trip/render-trip.ts';
import type { TripStory } from './trip/render-trip.ts';

const EXIT_UNAVAILABLE = 69;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface Flags {
  readonly json?: boolean;
  readonly logs?: boolean;
}

async function request(target: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(target, init).catch((cause: unknown) => {
    throw new CliError(`${new URL(target).origin} does not answer (${String(cause)})`, EXIT_UNAVAILABLE);
  });
  const body = (await response.json()) as { readonly detail?: string };
  if (!response.ok)
    throw new CliError(`${new URL(target).pathname} answered ${String(response.status)}: ${body.detail ?? ''}`);
  return body;
}

async function signIn(gateway: string): Promise<string> {
  const { env } = process;
  const administrator = { email: env['ADMIN_EMAIL'] || ADMIN.email, password: env['ADMIN_PASSWORD'] || ADMIN.password };
  const session = await request(`${gateway}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(administrator),
  });
  return (session as { readonly accessToken: string }).accessToken;
}

async function readStory(gateway: string, tripId: string): Promise<TripStory> {
  const headers = { authorization: `Bearer ${await signIn(gateway)}` };
  const [trip, timeline, payments] = await Promise.all([
    request(`${gateway}/api/trips/${tripId}`, { headers }),
    request(`${gateway}/api/trips/${tripId}/timeline`, { headers }),
    request(`${gateway}/api/payments?tripId=${tripId}`, { headers }),
  ]);
  return {
    trip: trip as TripStory['trip'],
    payments: (payments as { readonly items: TripStory['payments'] }).items,
    timeline: (timeline as { readonly entries: TripStory['timeline'] }).entries,
  };
}

async function show(tripId: string, flags: Flags): Promise<void> {
  if (!UUID.test(tripId)) throw usageError(`"${tripId}" is not the id of a trip`);
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  if (!run) {
    const { exitCode, message } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  const story = await readStory(`http://127.0.0.1:${String(run.ports['gateway'])}`, tripId);
  const traceIds = new Set(story.timeline.flatMap(({ traceId }) => traceId ?? []));
  const logs = flags.logs ? await readLogs(dataDir, tripId, traceIds) : [];
  process.stdout.write(flags.json ? `${JSON.stringify({ ...story, logs }, null, 2)}\n` : renderTrip(story, logs));
}

const program = new Command('trip')
  .description('Tells the story of one trip: states, dispatch, money, messages, traces.')
  .argument('<id>', 'the id of the trip')
  .option('--logs', 'also the log lines of its traces')
  .option('--json', 'print JSON')
  .allowExcessArguments(false)
  .action(show);
await runCli(program);
