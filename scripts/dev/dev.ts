/**
 * `make dev`: the whole platform as separate processes, from its sources, on the engines that are configured and
 * embedded ones where none are.
 *
 * Start: lock the data, check the ports, PostgreSQL, schemas, services, then the gateway, then demo accounts, auditor and
 * the moving city. Stop: the same backwards, on Ctrl-C or SIGTERM; a second signal does not wait.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { toError } from '@rideshare/kernel';
import { Lifecycle } from '@rideshare/kernel/system';
import { Listr } from 'listr2';
import { lock } from 'proper-lockfile';
import { exitCodeOf, usageError } from '../cli.ts';
import { openDatabase } from './database.ts';
import { createDemoAccounts, DEMO } from './demo.ts';
import { developmentKeys } from './keys.ts';
import { readLayout, root, SERVICES } from './layout.ts';
import type { Layout } from './layout.ts';
import { ADMIN, auditorProcess, folderOf, serviceProcess, simulatorProcess } from './processes.ts';
import type { ProcessContext } from './processes.ts';
import { untilReady } from './ready.ts';
import { findRunner, lockOptions, removeRunFile, writeRunFile } from './run-file.ts';
import { supervise } from './supervisor.ts';
import type { ProcessSpec, Supervised } from './supervisor.ts';
import { watchSources } from './watch.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** A terminal tells the whole group, and make and yarn pass it on: what comes this soon is the same key press. */
const SAME_SIGNAL_MS = 1_000;

const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

async function claim(layout: Layout, lifecycle: Lifecycle): Promise<void> {
  const { dataDir } = layout;
  try {
    mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  } catch (error) {
    throw usageError(`cannot write to ${dataDir}: ${toError(error).message}`);
  }
  const running = await findRunner(dataDir);
  if (running) throw usageError(`${dataDir} is in use by process ${String(running.pid)}: make stop ends it`);
  const release = await lock(dataDir, {
    ...lockOptions(dataDir),
    // long enough to outlast the lock of a runner that was killed a moment ago
    retries: { retries: 8, minTimeout: 500, maxTimeout: 1_000 },
  }).catch((error: unknown) => {
    throw usageError(`cannot lock ${dataDir}, is another runner starting on it? (${toError(error).message})`);
  });
  // the deferred call brings an argument that release would take for its callback
  lifecycle.defer('lock', () => release(), STOP_TIMEOUT_MS);
}

async function checkPorts(layout: Layout, ownPostgres: boolean): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(layout.ports)) {
    if (name === 'postgres' && !ownPostgres) continue;
    if (!(await isFree(port))) taken.push(`${String(port)} (${name})`);
  }
  if (taken.length > 0) {
    throw usageError(`ports in use: ${taken.join(', ')}. Stop what holds them, or set PORT_OFFSET=1000`);
  }
}

function run(spec: ProcessSpec, lifecycle: Lifecycle, all: Map<string, Supervised>): Supervised {
  const supervised = supervise(spec, say);
  all.set(folderOf(spec.name), supervised);
  lifecycle.defer(spec.name, () => supervised.stop(), STOP_TIMEOUT_MS);
  supervised.start();
  return supervised;
}

function printTable(layout: Layout, simulating: boolean): void {
  const url = (port: number) => `http://localhost:${String(port)}`;
  const gateway = url(layout.ports.gateway);
  const rows = [
    ['the city', `${gateway}/`],
    ['API documentation', `${gateway}/docs`],
    ['health', `${gateway}/health`],
    ['metrics', `${gateway}/metrics`],
    ['mailbox', `${gateway}/mailbox`],
    ...SERVICES.filter((name) => name !== 'gateway').map((name) => [name, url(layout.ports[name])]),
    ['auditor', `${url(layout.ports.auditor)}/metrics`],
    ['PostgreSQL', `127.0.0.1:${String(layout.ports.postgres)}`],
    ['logs', path.join(layout.dataDir, 'logs')],
    ['administrator', `${ADMIN.email} / ${ADMIN.password}`],
    ['demo rider', `${DEMO.rider.email} / ${DEMO.rider.password}`],
    ['demo driver', `${DEMO.driver.email} / ${DEMO.driver.password}`],
  ];
  say('');
  for (const [name = '', value = ''] of rows) say(`  ${name.padEnd(18)} ${value}`);
  say('');
  say(
    simulating ? 'The city is moving. Ctrl-C stops everything.' : 'Ready; the city is still. Ctrl-C stops everything.',
  );
}

async function start(layout: Layout, lifecycle: Lifecycle, signal: AbortSignal): Promise<void> {
  const { env } = process;
  const configured = env['DATABASE_URL'] || undefined;
  const simulating = env['SIMULATE'] !== '0';
  const all = new Map<string, Supervised>();
  const gatewayUrl = `http://127.0.0.1:${String(layout.ports.gateway)}`;
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  let context: ProcessContext;

  const startService = async (name: (typeof SERVICES)[number]) => {
    const spec = serviceProcess(name, context);
    run(spec, lifecycle, all);
    const url = `http://127.0.0.1:${String(layout.ports[name])}/health/ready`;
    await untilReady(url, READY_TIMEOUT_MS, spec.logFile, signal);
  };

  await claim(layout, lifecycle);
  await checkPorts(layout, configured === undefined);
  say(`The city will be at http://localhost:${String(layout.ports.gateway)}/`);
  await new Listr(
    [
      {
        title: 'database',
        task: async () => {
          const keys = developmentKeys(layout.dataDir);
          const database = await openDatabase(layout, configured, say);
          lifecycle.defer('PostgreSQL', () => database.stop(), STOP_TIMEOUT_MS);
          context = { layout, keys, databaseUrls: database.urls, version: manifest.version, env };
          lifecycle.defer('run file', () => removeRunFile(layout.dataDir), STOP_TIMEOUT_MS);
          writeRunFile(layout.dataDir, {
            pid: process.pid,
            startedAt: new Date().toISOString(),
            portOffset: layout.portOffset,
            ports: layout.ports,
            databaseUrls: database.urls,
          });
        },
      },
      {
        title: 'services',
        task: (_context, task) =>
          task.newListr(
            SERVICES.filter((name) => name !== 'gateway').map((name) => ({
              title: name,
              task: () => startService(name),
            })),
            { concurrent: true },
          ),
      },
      { title: 'gateway', task: () => startService('gateway') },
      { title: 'demo accounts', task: () => createDemoAccounts(gatewayUrl) },
      {
        title: 'auditor and simulator',
        task: () => {
          run(auditorProcess(context), lifecycle, all);
          if (simulating) run(simulatorProcess(context), lifecycle, all);
        },
      },
    ],
    { renderer: process.stdout.isTTY ? 'default' : 'simple', rendererOptions: { collapseSubtasks: false } },
  ).run();
  if (env['WATCH_SOURCES'] !== '0') watch(lifecycle, all);
  printTable(layout, simulating);
}

/** Restarts what uses a source that has changed. */
function watch(lifecycle: Lifecycle, all: ReadonlyMap<string, Supervised>): void {
  const watcher = watchSources((folders) => {
    const names = [...folders].flatMap((folder) => all.get(folder) ?? []);
    if (names.length > 0) say(`sources changed: restarting ${names.map(({ name }) => name).join(', ')}`);
    for (const supervised of names) void supervised.restart();
  });
  lifecycle.defer('watcher', () => watcher.close(), STOP_TIMEOUT_MS);
}

async function main(): Promise<number> {
  const lifecycle = new Lifecycle(({ name, error }) => {
    if (error) say(`${name}: ${error.message}`);
  });
  const aborting = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    let askedAt: number | undefined;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (askedAt !== undefined) {
          if (performance.now() - askedAt > SAME_SIGNAL_MS) process.exit(130);
          return;
        }
        askedAt = performance.now();
        say('\nstopping');
        aborting.abort();
        resolve();
      });
    }
  });
  let exitCode = 0;
  try {
    const layout = readLayout(process.env);
    await Promise.race([start(layout, lifecycle, aborting.signal), stopped]);
    await stopped;
  } catch (thrown) {
    if (!aborting.signal.aborted) {
      const error = toError(thrown);
      process.stderr.write(`${error.message}\n`);
      exitCode = exitCodeOf(error);
    }
  }
  await lifecycle.close().catch((error: unknown) => {
    process.stderr.write(`${toError(error).message}\n`);
    exitCode = 1;
  });
  return exitCode;
}

process.exit(await main());
