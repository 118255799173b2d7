/** `yarn simulate`: a city on the public API, and what its people saw compared with what the platform says. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAppError, toError } from '@rideshare/kernel';
import { createApi, Unreachable } from './api.ts';
import { CALM, REAL } from './behaviour.ts';
import { runCity } from './city.ts';
import { foldOntoOneDay, generateDemand } from './demand.ts';
import type { RideWish } from './demand.ts';
import { openJournal } from './journal.ts';
import { createObservations } from './observations.ts';
import { showProgress } from './progress.ts';
import { makeReport, renderReport } from './report.ts';
import type { DemandFigures } from './report.ts';
import { signIn } from './session.ts';
import { createProgram, findGateway, simulatorConfig } from './settings.ts';
import type { Flags } from './settings.ts';
import { BadRow, readTripsFile } from './trips-file.ts';
import { createSpokenCodes } from './world.ts';

const EXIT = { contradiction: 1, usage: 64, badData: 65, unavailable: 69, configuration: 78 } as const;
/** Payments settle within this once their gateway answers definitively, by the platform's own bound. */
const SETTLE_MS = 95_000;
const root = path.resolve(import.meta.dirname, '../../..');

interface Demand {
  readonly figures: DemandFigures;
  readonly wishes: Iterable<RideWish>;
  readonly total: number | undefined;
  readonly untilS: number | undefined;
}

async function readDemand(flags: Flags): Promise<Demand> {
  if (flags.trips === undefined) {
    const untilS = flags.forever ? undefined : flags.duration * flags.speed;
    const figures = { rows: 0, skipped: 0, bad: 0 };
    return { figures, wishes: generateDemand(flags.seed, flags.rate / 60), total: undefined, untilS };
  }
  const { bad, rows, skipped, trips } = await readTripsFile(path.resolve(flags.trips), flags);
  for (const row of bad) process.stderr.write(`skipped: ${row.message}\n`);
  const figures = { rows, skipped, bad: bad.length };
  return { figures, wishes: foldOntoOneDay(trips), total: trips.length, untilS: undefined };
}

async function simulate(flags: Flags): Promise<number> {
  const config = simulatorConfig.load(process.env);
  const gateway = findGateway(flags, config, root);
  if (gateway === undefined) {
    process.stderr.write(`no platform is running on ${path.resolve(root, config.dataDir)}: start one with make dev\n`);
    return EXIT.unavailable;
  }
  const demand = await readDemand(flags);
  const journal = flags.journal === undefined ? undefined : openJournal(path.resolve(flags.journal));
  const api = createApi(gateway, { journal });
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, stop);
  const lastCall = new AbortController();
  process.once('SIGUSR2', () => {
    lastCall.abort();
  });
  const observations = createObservations();
  const administrator = await signIn(api, config.administrator);
  const progress = showProgress(observations, demand.total, process.stdout);
  const startedAt = performance.now();
  const { seed, speed } = flags;
  const behaviour = flags.behaviour === 'calm' ? CALM : REAL;
  const spokenCodes = createSpokenCodes();
  const people = { behaviour, observations, administrator, spokenCodes, settleMs: SETTLE_MS };
  const world = { api, seed, speed, signal: stopping.signal, ...people };
  const { drivers, riders, verify } = flags;
  await runCity({ ...demand, world, drivers, riders, verify, progress, stop, lastCall: lastCall.signal });
  journal?.close();
  progress.end();
  const durationS = (performance.now() - startedAt) / 1000;
  const report = makeReport(demand.figures, observations, {
    durationS,
    retries: api.retries(),
    statuses: api.statuses,
    patience: api.patience(),
  });
  process.stdout.write(renderReport(report));
  if (flags.report !== undefined) writeFileSync(flags.report, `${JSON.stringify(report, null, 2)}\n`);
  return report.contradictions.length > 0 ? EXIT.contradiction : 0;
}

function explain(thrown: unknown): number {
  const error = toError(thrown);
  process.stderr.write(`${error.message}\n`);
  if (error instanceof BadRow) return EXIT.badData;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EXIT.usage;
  if (isAppError(error) && error.code === 'CONFIG_INVALID') {
    for (const { detail, pointer } of error.fields) process.stderr.write(`${pointer}: ${detail}\n`);
    return EXIT.configuration;
  }
  return error instanceof Unreachable ? EXIT.unavailable : 1;
}

const program = createProgram().exitOverride((error) => {
  process.exit(error.exitCode === 0 ? 0 : EXIT.usage);
});
process.exitCode = await simulate(program.parse().opts<Flags>()).catch(explain);
// the channel to a runner would keep an ended city alive
if (process.connected) process.disconnect();
