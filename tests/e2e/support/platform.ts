import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '../../..');
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/** The platform under test, as its runner describes it. */
export interface Platform {
  readonly gateway: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly ports: Readonly<Record<string, number>>;
  /** The database as its superuser. */
  readonly databaseUrl: string;
  /** What every command of the project needs to find this platform. */
  readonly env: Readonly<Record<string, string>>;
}

function place(): { readonly dataDir: string; readonly env: Record<string, string> } {
  const dataDir = process.env['E2E_DATA_DIR'];
  const offset = process.env['E2E_PORT_OFFSET'];
  if (dataDir === undefined || offset === undefined) throw new Error('run this through the e2e project');
  return {
    dataDir,
    env: {
      ...{ PORT_OFFSET: offset, RIDESHARE_DATA_DIR: dataDir, SIMULATE: '0', WATCH_SOURCES: '0' },
      ...{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: process.env['E2E_OTLP_ENDPOINT'] ?? '' },
      OTEL_BSP_SCHEDULE_DELAY: '500',
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function running(): Platform | undefined {
  const { dataDir, env } = place();
  const file = path.join(dataDir, 'run.json');
  if (!existsSync(file)) return undefined;
  const run = JSON.parse(readFileSync(file, 'utf8')) as {
    pid: number;
    ports: Record<string, number>;
    databaseUrls: { admin: string };
  };
  const { databaseUrls, pid, ports } = run;
  if (!isAlive(pid)) return undefined;
  const gateway = `http://127.0.0.1:${String(ports['gateway'])}`;
  return { gateway, dataDir, env, pid, ports, databaseUrl: databaseUrls.admin };
}

const logFile = () => path.join(place().dataDir, 'runner.log');

async function until(what: string, timeoutMs: number, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) {
      const log = existsSync(logFile()) ? readFileSync(logFile(), 'utf8') : 'no log';
      throw new Error(`${what} did not happen within ${String(timeoutMs / 1000)} s:\n${log}`);
    }
    await delay(POLL_MS);
  }
}

/** The platform of this run, started by whoever asks first, with everything that `make dev` starts but the city. */
export async function startPlatform(): Promise<Platform> {
  const { dataDir, env } = place();
  let ended: number | undefined;
  if (!running()) {
    const log = openSync(logFile(), 'a');
    const runner = execa(process.execPath, ['--conditions=@rideshare/source', 'scripts/dev/dev.ts'], {
      cwd: root,
      env: { ...env, ENVIRONMENT: '', DATABASE_URL: '' },
      detached: true,
      cleanup: false,
      reject: false,
      stdin: 'ignore',
      // handed over, not piped: it outlives the test file that started it (the type only knows literals)
      stdout: log as 3,
      stderr: log as 3,
    });
    closeSync(log);
    runner.nodeChildProcess.unref();
    runner.nodeChildProcess.once('exit', (code) => {
      ended = code ?? -1;
    });
  }
  await until('the start of the platform', START_TIMEOUT_MS, () => {
    const text = existsSync(logFile()) ? readFileSync(logFile(), 'utf8') : '';
    if (ended !== undefined) throw new Error(`the platform ended with ${String(ended)} at its start:\n${text}`);
    return text.includes('Ctrl-C stops everything') && running() !== undefined;
  });
  const platform = running();
  if (!platform) throw new Error(`the platform on ${dataDir} ended`);
  return platform;
}

/** Stops it as Ctrl-C does, and checks that nothing is left: no process, no port, no lock. */
export async function stopPlatform(): Promise<void> {
  const platform = running();
  if (!platform) return;
  process.kill(platform.pid, 'SIGINT');
  await until('the end of the platform', STOP_TIMEOUT_MS, () => !isAlive(platform.pid));
  for (const name of ['run.json', 'run.lock', 'postgres/postmaster.pid']) {
    if (existsSync(path.join(platform.dataDir, name))) throw new Error(`the platform left ${name} behind`);
  }
  const [, farewell = ''] = readFileSync(logFile(), 'utf8').split('\nstopping\n');
  if (farewell.trim() !== '') throw new Error(`the platform did not stop in peace:\n${farewell}`);
  for (const [name, port] of Object.entries(platform.ports)) {
    const answered = await fetch(`http://127.0.0.1:${String(port)}/`).then(
      () => true,
      () => false,
    );
    if (answered) throw new Error(`something still listens on the port of ${name}`);
  }
}

/** Runs a command of the project against the platform. */
export function runTool(platform: Platform, file: string, args: readonly string[] = []) {
  return execa(process.execPath, ['--conditions=@rideshare/source', file, ...args], {
    cwd: root,
    env: platform.env,
    reject: false,
    all: true,
  });
}
