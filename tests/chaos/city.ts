import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { root } from '../../scripts/dev/layout.ts';
import { patiently } from './patiently.ts';
import type { Place } from './platform.ts';

const DRIVERS = 14;
const RIDERS = 20;
/** City seconds in a second: rides of minutes take seconds. */
const SPEED = 120;
/** Searches, payments in doubt and the checks of every ride have bounds of minutes. */
const END_PATIENCE_MS = 900_000;

const reportSchema = z.object({
  requested: z.int(),
  completed: z.int(),
  cancelled: z.int(),
  expired: z.int(),
  refused: z.int(),
  unfinished: z.int(),
  retries: z.int(),
  contradictions: z.array(z.string()),
  patience: z.object({ answered: z.int(), late: z.int(), longestMs: z.int(), examples: z.array(z.string()) }),
});

/** What the city saw. */
export type CityReport = z.infer<typeof reportSchema>;

const lineSchema = z.object({
  method: z.string(),
  route: z.string(),
  status: z.int(),
  state: z.string().optional(),
});

/** What the city's journal says so far. */
export interface Told {
  /** Changes that were acknowledged. */
  readonly acknowledged: number;
  /** Rides that were acknowledged as completed. */
  readonly completed: number;
}

/** People who load the platform. */
export interface City {
  readonly told: () => Told;
  /** Takes no more wishes, and answers what the city saw when the last ride has ended and was checked. */
  end(): Promise<CityReport>;
  kill(): void;
}

/** Adds a journal up; its last line may be half written. */
export function readTold(text: string): Told {
  let acknowledged = 0;
  let completed = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const { method, route, state, status } = lineSchema.parse(JSON.parse(line));
    if (method === 'GET' || status < 200 || status >= 300) continue;
    acknowledged += 1;
    if (route === 'changeTripStatus' && state === 'completed') completed += 1;
  }
  return { acknowledged, completed };
}

/** Starts the city, and waits until everybody has signed up and the first wish comes. */
export async function startCity(
  place: Place,
  { out, rate, seed }: { readonly out: string; readonly rate: number; readonly seed: number },
): Promise<City> {
  const file = (name: string) => path.join(out, name);
  const log = openSync(file('city.log'), 'a');
  const args = [
    ...['--forever', '--verify', 'afterwards', '--drivers', String(DRIVERS), '--riders', String(RIDERS)],
    ...['--speed', String(SPEED), '--rate', String(rate), '--seed', String(seed)],
    ...['--journal', file('journal.jsonl'), '--report', file('city.json')],
  ];
  const process_ = execa(process.execPath, ['--conditions=@rideshare/source', 'apps/simulator/src/main.ts', ...args], {
    cwd: root,
    env: place.env,
    reject: false,
    stdin: 'ignore',
    stdout: log as 3,
    stderr: log as 3,
  });
  closeSync(log);
  const said = () => readFileSync(file('city.log'), 'utf8');
  const isOver = () => process_.nodeChildProcess.exitCode !== null || process_.nodeChildProcess.signalCode !== null;
  await patiently('the beginning of the city', () => {
    if (isOver()) throw new Error(`the city ended before it began:\n${said()}`);
    return said().includes('the city begins') ? true : undefined;
  });
  return {
    told: () => readTold(readFileSync(file('journal.jsonl'), 'utf8')),
    async end() {
      process_.kill('SIGUSR2');
      await patiently('the end of the city', () => (isOver() ? true : undefined), END_PATIENCE_MS);
      if (!existsSync(file('city.json'))) throw new Error(`the city ended without a report:\n${said()}`);
      return reportSchema.parse(JSON.parse(readFileSync(file('city.json'), 'utf8')));
    },
    kill() {
      process_.kill('SIGKILL');
    },
  };
}
