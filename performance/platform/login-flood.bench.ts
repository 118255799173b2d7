/**
 * How long `GET /api/trips/{id}` takes while sign-ins with wrong passwords flood the platform. Wants a running platform
 * with a still city: `SIMULATE=0 make dev`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { request } from 'undici';
import { CliError, runCli } from '../../scripts/cli.ts';
import { readLayout } from '../../scripts/dev/layout.ts';
import { nothingRuns, readRunFile } from '../../scripts/dev/run-file.ts';

const FLOOD_PER_S = 200;
const READS_PER_S = 20;
const SECONDS = 20;
/** Reads alone, and not counted: a platform that has just started still compiles its code. The flood counts from its first second. */
const WARM_UP_S = 10;
const RIDER = { email: 'rider@rideshare.local', password: 'local-rider-only' };
const RIDE = { pickupLat: 41.39, pickupLng: -8.37, destinationLat: 41.38, destinationLng: -8.38 };

interface Signed {
  readonly accessToken: string;
}
interface Trips {
  readonly items: readonly { readonly id: string }[];
}

async function call<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new CliError(`${url} answered ${String(response.status)}`, 1);
  return (await response.json()) as T;
}

/** A trip of the demo rider: the last one, or a new one where there is none. */
async function aTrip(gateway: string, authorization: string): Promise<string> {
  const headers = { authorization, 'content-type': 'application/json' };
  const { items } = await call<Trips>(`${gateway}/api/trips/history?limit=1`, { headers });
  const [known] = items;
  if (known) return known.id;
  const body = JSON.stringify(RIDE);
  return (await call<{ id: string }>(`${gateway}/api/trips`, { method: 'POST', headers, body })).id;
}

interface Arrival {
  readonly status: number;
  /** From when the request was due, however late it was sent. */
  readonly ms: number;
}

/** Open loop: requests are due evenly, and none waits for another. */
async function arrive(perS: number, seconds: number, send: () => ReturnType<typeof request>): Promise<Arrival[]> {
  const startedAt = performance.now();
  const arrivals = Array.from({ length: perS * seconds }, async (_unused, index) => {
    const dueAt = startedAt + (index * 1000) / perS;
    await delay(Math.max(0, dueAt - performance.now()));
    const { body, statusCode } = await send();
    await body.dump();
    return { status: statusCode, ms: performance.now() - dueAt };
  });
  return Promise.all(arrivals);
}

function percentile(samples: readonly number[], share: number): string {
  return (samples.toSorted((a, b) => a - b)[Math.floor(samples.length * share)] ?? Number.NaN).toFixed(0);
}

async function bench(): Promise<void> {
  const { dataDir } = readLayout(process.env);
  const run = readRunFile(dataDir);
  if (!run) {
    const { exitCode, message } = nothingRuns(dataDir);
    throw new CliError(message, exitCode);
  }
  const gateway = `http://127.0.0.1:${String(run.ports['gateway'])}`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(RIDER);
  const { accessToken } = await call<Signed>(`${gateway}/api/auth/login`, { method: 'POST', headers, body });
  const authorization = `Bearer ${accessToken}`;
  const trip = await aTrip(gateway, authorization);
  const wrong = JSON.stringify({ email: RIDER.email, password: 'not the password' });
  const read = () => request(`${gateway}/api/trips/${trip}`, { headers: { authorization } });
  const signIn = () => request(`${gateway}/api/auth/login`, { method: 'POST', headers, body: wrong });
  await arrive(READS_PER_S, WARM_UP_S, read);
  const [signIns, reads] = await Promise.all([
    arrive(FLOOD_PER_S, SECONDS, signIn),
    arrive(READS_PER_S, SECONDS, read),
  ]);
  const answered = [...Map.groupBy(signIns, ({ status }) => status)].map(
    ([status, of]) => `${String(status)}: ${String(of.length)}`,
  );
  process.stdout.write(`sign-ins answered: ${answered.join(', ')}\n`);
  const good = reads.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const lost = reads.length - good.length;
  process.stdout.write(
    `reads: ${String(good.length)} answered, ${String(lost)} not; ` +
      `p50 ${percentile(good, 0.5)} ms, p99 ${percentile(good, 0.99)} ms\n`,
  );
  if (lost > 0) throw new CliError('a run that loses reads is not a measurement', 1);
}

await runCli(
  new Command('platform/login-flood').description('Reads of a trip during a flood of sign-ins.').action(bench),
);
