import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toError } from '@rideshare/kernel';
import { SERVICES } from '../../scripts/dev/layout.ts';
import { startCity } from './city.ts';
import type { City, CityReport } from './city.ts';
import { conduct } from './conduct.ts';
import type { Conducted } from './conduct.ts';
import { judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import { patiently } from './patiently.ts';
import { findPlace, startPlatform } from './platform.ts';
import type { Place, Platform } from './platform.ts';
import { untilReady, workingPostmaster } from './processes.ts';
import { isRolling } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { mountSmallDisk } from './small-disk.ts';
import type { SmallDisk } from './small-disk.ts';

/** Rides that have to be completed when nothing is done any more: the platform is to work again, not just to be right. */
const COMPLETED_AFTERWARDS = 3;

/** What a round is. */
export interface Plan {
  readonly schedule: Schedule;
  /** The city goes on for so long at least. */
  readonly lastsS: number;
  /** Where everything about the round is kept. */
  readonly out: string;
  readonly say: (line: string) => void;
}

/** What a round came to. */
export interface Summary {
  readonly seed: number;
  readonly rate: number;
  readonly durationS: number;
  readonly faults: Conducted['done'];
  readonly skipped: number;
  /** Processes that the runner started again. */
  readonly restarts: number;
  /** Acknowledged changes, all of which were looked for in the stores. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly looked: number;
  readonly trips: Pick<CityReport, 'requested' | 'completed' | 'cancelled' | 'expired' | 'refused' | 'unfinished'>;
  readonly retries: number;
  readonly patience: CityReport['patience'];
  readonly violations: readonly string[];
}

const countRestarts = (said: string) => said.split('\n').filter((line) => line.includes('starting it again')).length;

/** Waits until everything works again, and people are driven again. */
async function recover(platform: Platform, city: City): Promise<void> {
  await workingPostmaster(platform);
  await Promise.all(SERVICES.map((service) => untilReady(platform, service)));
  const wanted = city.told().completed + COMPLETED_AFTERWARDS;
  await patiently('rides after the faults', () => (city.told().completed >= wanted ? true : undefined));
}

async function underLoad(platform: Platform, disk: SmallDisk | undefined, plan: Plan): Promise<Summary> {
  const { lastsS, out, say, schedule } = plan;
  const { faults, rate, seed } = schedule;
  const startedAt = performance.now();
  say('the platform is up; people sign up');
  const city = await startCity(platform, { out, rate, seed });
  try {
    say('the city begins');
    const begunAt = performance.now();
    const conducted = await conduct({ platform, disk, say }, faults);
    await delay(Math.max(0, begunAt + lastsS * 1_000 - performance.now()));
    const recovering = await recover(platform, city).then(
      () => [],
      (error: unknown) => [toError(error).message],
    );
    say('no more faults; the city ends');
    const report = await city.end();
    const { acknowledged } = city.told();
    say(`${String(acknowledged)} acknowledged changes; the audit`);
    const verdict: Verdict = await judge(platform, out, { city: report, rolling: isRolling(schedule) });
    const ended = platform.isRunning() ? [] : ['the platform ended by itself'];
    return {
      ...{ seed, rate, durationS: Math.round((performance.now() - startedAt) / 1_000) },
      ...{ faults: conducted.done, skipped: conducted.skipped, restarts: countRestarts(platform.said()) },
      ...{ acknowledged, lost: verdict.lost, looked: verdict.looked, trips: report, retries: report.retries },
      patience: report.patience,
      violations: [...conducted.failures, ...recovering, ...ended, ...verdict.violations],
    };
  } finally {
    city.kill();
  }
}

function keepLogs({ layout }: Place, out: string): void {
  const logs = path.join(layout.dataDir, 'logs');
  if (existsSync(logs)) cpSync(logs, path.join(out, 'logs'), { recursive: true, force: true });
}

/** Runs one round on a platform of its own, and leaves nothing running; the stores of a round that failed are kept. */
export async function runRound(plan: Plan, stopping: AbortSignal): Promise<Summary> {
  const { out, say, schedule } = plan;
  mkdirSync(out, { recursive: true });
  for (const name of ['journal.jsonl', 'city.json', 'city.log', 'runner.log', 'audit.json', 'summary.json']) {
    rmSync(path.join(out, name), { force: true });
  }
  writeFileSync(path.join(out, 'schedule.json'), `${JSON.stringify(schedule, null, 2)}\n`);
  const place = await findPlace();
  const { dataDir } = place.layout;
  const wantsDisk = schedule.faults.some(({ kind }) => kind === 'full_disk');
  const disk = wantsDisk ? mountSmallDisk(path.join(dataDir, 'logs')) : undefined;
  let platform: Platform | undefined;
  let clean = false;
  try {
    platform = await startPlatform(place, path.join(out, 'runner.log'));
    const cut = new Promise<never>((_resolve, reject) => {
      const stop = () => {
        reject(new Error('the round was stopped'));
      };
      // it may have been told so while the platform was starting
      if (stopping.aborted) stop();
      stopping.addEventListener('abort', stop);
    });
    const summary = await Promise.race([underLoad(platform, disk, plan), cut]);
    writeFileSync(path.join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    clean = summary.violations.length === 0;
    return summary;
  } finally {
    await platform?.stop();
    keepLogs(place, out);
    disk?.remove();
    if (clean || stopping.aborted) rmSync(dataDir, { recursive: true, force: true });
    else say(`the stores of this round are kept in ${dataDir}`);
  }
}
