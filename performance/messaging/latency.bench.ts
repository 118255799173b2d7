/**
 * How long after its commit an event has its effect: one producer with a relay, and consumer groups in processes of
 * their own, on a private PostgreSQL that waits for its disk. See README.md beside this file.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { userUpdated } from '@rideshare/contracts';
import { toError } from '@rideshare/kernel';
import { systemClock, systemScheduler } from '@rideshare/kernel/system';
import { appendToOutbox, createEmbeddedLog, createRelay, newEvent } from '@rideshare/messaging';
import type { Worker } from '@rideshare/messaging';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { createDatabase, migrate, provision } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { freePort } from '../../scripts/pg/free-port.ts';
import { startPostgres } from '../../scripts/pg/postgres.ts';
import type { RunningPostgres } from '../../scripts/pg/postgres.ts';
import { cpuSecondsOf } from './cpu-seconds.ts';

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '20' },
    // at the same rate, and not measured: code is compiled, connections are opened
    warmup: { type: 'string', default: '5' },
    groups: { type: 'string', default: '4' },
  },
});
const rate = Number(flags.rate);
const seconds = Number(flags.seconds);
const warmup = Number(flags.warmup);
const groups = Array.from({ length: Number(flags.groups) }, (_, index) => `group_${String(index + 1)}`);
const USERS = 500;
// what is not there by then does not come
const DRAIN_MS = 30_000;

const profile = {
  email: 'ana@example.org',
  firstName: 'Ana',
  lastName: 'Sousa',
  phone: null,
  roles: ['rider' as const],
  status: 'active' as const,
  language: 'pt',
  notifications: { email: true, sms: false, push: true },
};

interface Consumer {
  readonly child: ChildProcess;
  /** When each event had its effect, by event id. */
  readonly effects: Map<string, number>;
}

/** What the producer did in the measured time. */
interface Production {
  /** When each event was durable, by event id. */
  readonly committed: Map<string, number>;
  readonly commitMs: number[];
  readonly errors: Error[];
  readonly elapsedS: number;
  readonly load: number;
}

const nowMs = (): number => performance.timeOrigin + performance.now();

function urlOf(postgres: RunningPostgres, role: string): string {
  const url = new URL(postgres.url('bench'));
  url.username = role;
  url.password = role;
  return url.href;
}

async function prepare(postgres: RunningPostgres): Promise<void> {
  const schemas = ['producer', ...groups];
  const services = schemas.map((schema) => ({ schema, role: schema, password: schema }));
  await provision({ adminUrl: postgres.url('postgres'), database: 'bench', services });
  for (const schema of schemas) {
    await migrate({ url: urlOf(postgres, schema), schema });
    const database = createDatabase({ url: urlOf(postgres, schema), applicationName: 'prepare' });
    await database.query('create table effects (event_id uuid primary key)');
    await database.query('create table users (id uuid primary key, version int not null)');
    await database.close();
  }
}

async function startConsumer(postgres: RunningPostgres, group: string): Promise<Consumer> {
  const child = fork(path.join(import.meta.dirname, 'consumer.ts'), {
    env: { ...process.env, GROUP: group, DATABASE_URL: urlOf(postgres, group) },
    execArgv: ['--conditions=@rideshare/source'],
  });
  const effects = new Map<string, number>();
  child.on('message', (batch: [string, number][]) => {
    for (const [eventId, atMs] of batch) effects.set(eventId, atMs);
  });
  await once(child, 'message');
  return { child, effects };
}

function startRelay(database: Database): Worker {
  return createRelay({
    database,
    log: createEmbeddedLog({ database, prefix: 'bench' }),
    scheduler: systemScheduler,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics({ service: 'producer', version: '0' }),
    owner: 'producer',
  });
}

/** One change as a service makes it: a guarded update and its event; returns the id of the event. */
async function change(database: Database, userId: string): Promise<string> {
  const id = randomUUID();
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ version: number }>(
      `insert into users as held (id, version) values ($1, 1)
       on conflict (id) do update set version = held.version + 1 returning version`,
      [userId],
    );
    const sequence = rows[0]?.version ?? 1;
    const data = { userId, ...profile };
    appendToOutbox(tx, [newEvent(userUpdated, { id, sequence, occurredAt: new Date(), source: 'bench', data })]);
  });
  return id;
}

/** Open loop: a change is due at its time, however long the ones before it take. */
async function produce(database: Database, users: readonly string[], forS: number): Promise<Production> {
  const committed = new Map<string, number>();
  const commitMs: number[] = [];
  const errors: Error[] = [];
  const pending: Promise<void>[] = [];
  const startedMs = nowMs();
  for (let number = 0; number < rate * forS; number += 1) {
    const waitMs = startedMs + (number * 1_000) / rate - nowMs();
    if (waitMs > 0) await delay(waitMs);
    const begunMs = nowMs();
    const changed = change(database, users[number % users.length] ?? '').then((id) => {
      committed.set(id, nowMs());
      commitMs.push(nowMs() - begunMs);
    });
    pending.push(changed.catch((error: unknown) => void errors.push(toError(error))));
  }
  await Promise.all(pending);
  return { committed, commitMs, errors, elapsedS: (nowMs() - startedMs) / 1_000, load: loadavg()[0] ?? 0 };
}

async function drain(consumers: readonly Consumer[], { committed }: Production): Promise<void> {
  const until = nowMs() + DRAIN_MS;
  const isMissing = ({ effects }: Consumer) => [...committed.keys()].some((id) => !effects.has(id));
  while (consumers.some(isMissing) && nowMs() < until) await delay(100);
}

function percentiles(values: readonly number[], shares: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return shares.map((share) => `${share === 1 ? 'max' : `p${String(share * 100)}`} ${at(share).toFixed(1)}`).join('  ');
}

function report(production: Production, consumers: readonly Consumer[], cpuS: Readonly<Record<string, number>>): void {
  const { committed, commitMs, errors, elapsedS, load } = production;
  const latencies = consumers.flatMap(({ effects }) =>
    [...committed].flatMap(([id, committedAtMs]) => {
      const atMs = effects.get(id);
      // a consumer may be told before the producer is: the commit is over when the first of them knows
      return atMs === undefined ? [] : [Math.max(0, atMs - committedAtMs)];
    }),
  );
  const expected = committed.size * consumers.length;
  const cpu = Object.entries(cpuS).map(([who, spent]) => `${who} ${spent.toFixed(1)}`);
  const lines = [
    `${String(committed.size)} events in ${elapsedS.toFixed(1)} s, ${String(consumers.length)} groups, load average ${load.toFixed(1)}`,
    `effects: ${String(latencies.length)} of ${String(expected)}`,
    `commit -> effect, ms: ${percentiles(latencies, [0.5, 0.95, 0.99, 1])}`,
    `change and commit, ms: ${percentiles(commitMs, [0.5, 0.99])}`,
    `CPU, s: ${cpu.join(', ')}`,
  ];
  if (errors[0]) lines.push(`${String(errors.length)} changes failed, the first with: ${errors[0].message}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (latencies.length < expected || errors.length > 0) process.exitCode = 1;
}

async function measure(postgres: RunningPostgres): Promise<void> {
  await prepare(postgres);
  const database = createDatabase({ url: urlOf(postgres, 'producer'), applicationName: 'producer' });
  const relay = startRelay(database);
  await relay.start();
  const consumers = await Promise.all(groups.map((group) => startConsumer(postgres, group)));
  const users = Array.from({ length: USERS }, () => randomUUID());
  await produce(database, users, warmup);

  const spent = () => ({
    PostgreSQL: cpuSecondsOf([postgres.pid], { withChildren: true }),
    'producer and relay': cpuSecondsOf([process.pid]),
    consumers: cpuSecondsOf(consumers.flatMap(({ child }) => child.pid ?? [])),
  });
  const before: Readonly<Record<string, number>> = spent();
  const production = await produce(database, users, seconds);
  await drain(consumers, production);
  const cpuS = Object.fromEntries(Object.entries(spent()).map(([who, after]) => [who, after - (before[who] ?? 0)]));

  for (const { child } of consumers) {
    child.send('stop');
    await once(child, 'exit');
  }
  await relay.stop();
  await database.close();
  report(production, consumers, cpuS);
}

const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-bench-'));
chmodSync(directory, 0o755); // the server may run as another user
const postgres = await startPostgres({ dataDir: path.join(directory, 'data'), port: await freePort() });
try {
  await measure(postgres);
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
