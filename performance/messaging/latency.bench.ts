/**
 * How long after its commit an event has its effect: one producer with a relay, and consumer groups in processes of
 * their own, on a private PostgreSQL that waits for its disk. See README.md beside this file.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { userUpdated } from '@rideshare/contracts';
import { toError } from '@rideshare/kernel';
import { systemClock, systemScheduler } from '@rideshare/kernel/system';
import { appendToOutbox, createEmbeddedLog, createRelay, newEvent } from '@rideshare/messaging';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { createDatabase, migrate, provision } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { freePort } from '../../scripts/pg/free-port.ts';
import { startPostgres } from '../../scripts/pg/postgres.ts';

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '20' },
    groups: { type: 'string', default: '4' },
  },
});
const rate = Number(flags.rate);
const seconds = Number(flags.seconds);
const groups = Array.from({ length: Number(flags.groups) }, (_, index) => `group_${String(index + 1)}`);
const USERS = 500;
// what is not there by then does not come
const DRAIN_MS = 30_000;

const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-bench-'));
chmodSync(directory, 0o755); // the server may run as another user
const postgres = await startPostgres({ dataDir: path.join(directory, 'data'), port: await freePort() });

function urlOf(role: string): string {
  const url = new URL(postgres.url('bench'));
  url.username = role;
  url.password = role;
  return url.href;
}

async function prepare(): Promise<void> {
  const schemas = ['producer', ...groups];
  const services = schemas.map((schema) => ({ schema, role: schema, password: schema }));
  await provision({ adminUrl: postgres.url('postgres'), database: 'bench', services });
  for (const schema of schemas) {
    await migrate({ url: urlOf(schema), schema });
    const database = createDatabase({ url: urlOf(schema), applicationName: 'prepare' });
    await database.query('create table effects (event_id uuid primary key)');
    await database.query('create table users (id uuid primary key, version int not null)');
    await database.close();
  }
}

interface Consumer {
  readonly child: ChildProcess;
  readonly effects: Map<string, number>;
  cpuS: number;
}

async function startConsumer(group: string): Promise<Consumer> {
  const child = fork(path.join(import.meta.dirname, 'consumer.ts'), {
    env: { ...process.env, GROUP: group, DATABASE_URL: urlOf(group) },
    execArgv: ['--conditions=@rideshare/source'],
  });
  const consumer: Consumer = { child, effects: new Map(), cpuS: 0 };
  child.on('message', (message: [string, number][] | { cpuS: number }) => {
    if (Array.isArray(message)) for (const [eventId, atMs] of message) consumer.effects.set(eventId, atMs);
    else consumer.cpuS = message.cpuS;
  });
  await once(child, 'message');
  return consumer;
}

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

/** One change as a service makes it: a guarded update and its event; returns when it was durable. */
async function change(database: Database, userId: string): Promise<{ id: string; committedMs: number }> {
  const id = randomUUID();
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ version: number }>(
      `insert into users as held (id, version) values ($1, 1)
       on conflict (id) do update set version = held.version + 1 returning version`,
      [userId],
    );
    const sequence = rows[0]?.version ?? 1;
    const data = { userId, ...profile };
    await appendToOutbox(tx, [newEvent(userUpdated, { id, sequence, occurredAt: new Date(), source: 'bench', data })]);
  });
  return { id, committedMs: performance.timeOrigin + performance.now() };
}

/** Seconds of CPU of the server and all its processes so far; only Linux tells. */
function serverCpuS(): number {
  const ticks = readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const mine = Number(pid) === postgres.pid || Number(fields[1]) === postgres.pid;
    return mine ? [Number(fields[11]) + Number(fields[12])] : [];
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
}

async function measure(): Promise<void> {
  await prepare();
  const database = createDatabase({ url: urlOf('producer'), applicationName: 'producer' });
  const log = createEmbeddedLog({ database, prefix: 'bench' });
  const relay = createRelay({
    database,
    log,
    scheduler: systemScheduler,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics({ service: 'producer', version: '0' }),
    owner: 'producer',
  });
  await relay.start();
  const consumers = await Promise.all(groups.map(startConsumer));
  const users = Array.from({ length: USERS }, () => randomUUID());
  const committed = new Map<string, number>();
  const commitMs: number[] = [];
  const pending: Promise<void>[] = [];
  let refused = 0;
  let lastError: Error | undefined;

  // open loop: an event is due at its time, however long the ones before it take
  const serverBeforeS = serverCpuS();
  const startedMs = performance.now();
  const total = rate * seconds;
  for (let number = 0; number < total; number += 1) {
    const dueMs = startedMs + (number * 1_000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const begunMs = performance.timeOrigin + performance.now();
    const userId = users[number % USERS] ?? '';
    pending.push(
      change(database, userId).then(
        ({ id, committedMs }) => {
          committed.set(id, committedMs);
          commitMs.push(committedMs - begunMs);
        },
        (error: unknown) => {
          refused += 1;
          lastError = toError(error);
        },
      ),
    );
  }
  await Promise.all(pending);
  const elapsedS = (performance.now() - startedMs) / 1_000;
  const load = loadavg()[0] ?? 0;
  const drainedBy = performance.now() + DRAIN_MS;
  while (consumers.some(({ effects }) => effects.size < committed.size) && performance.now() < drainedBy) {
    await delay(100);
  }
  const serverS = serverCpuS() - serverBeforeS;
  for (const { child } of consumers) {
    child.send('stop');
    await once(child, 'exit');
  }
  await relay.stop();
  await database.close();

  const latencies = consumers.flatMap(({ effects }) =>
    [...effects].map(([id, atMs]) => Math.max(0, atMs - (committed.get(id) ?? Number.NaN))),
  );
  latencies.sort((a, b) => a - b);
  commitMs.sort((a, b) => a - b);
  const expected = committed.size * groups.length;
  const { user, system } = process.cpuUsage();
  process.stdout.write(
    [
      `${String(total)} events in ${elapsedS.toFixed(1)} s, ${String(groups.length)} groups, load average ${load.toFixed(1)}`,
      ...(lastError ? [`refused: ${String(refused)}, the last with ${lastError.message}`] : []),
      `effects: ${String(latencies.length)} of ${String(expected)}`,
      `commit -> effect, ms: p50 ${percentile(latencies, 0.5)}  p95 ${percentile(latencies, 0.95)}  p99 ${percentile(latencies, 0.99)}  max ${percentile(latencies, 1)}`,
      `change and commit, ms: p50 ${percentile(commitMs, 0.5)}  p99 ${percentile(commitMs, 0.99)}`,
      `CPU, s: PostgreSQL ${serverS.toFixed(1)}, producer and relay ${((user + system) / 1e6).toFixed(1)}, consumers ${consumers.map(({ cpuS }) => cpuS.toFixed(1)).join(' ')}`,
      '',
    ].join('\n'),
  );
  if (latencies.length < expected) process.exitCode = 1;
}

try {
  await measure();
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
