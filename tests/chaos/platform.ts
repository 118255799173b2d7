import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { readLayout, root } from '../../scripts/dev/layout.ts';
import type { Layout, PortName } from '../../scripts/dev/layout.ts';
import { isAlive, readRunFile } from '../../scripts/dev/run-file.ts';
import { patiently } from './patiently.ts';

const OFFSETS = Array.from({ length: 50 }, (_unused, index) => 6_300 + index * 89);
const RUN_SOURCES = '--conditions=@rideshare/source';
const STOP_PATIENCE_MS = 90_000;

/** Where a platform is going to be. */
export interface Place {
  readonly layout: Layout;
  /** What every command of the project needs to find it. */
  readonly env: Readonly<Record<string, string>>;
}

/** A platform that runs. */
export interface Platform extends Place {
  /** Of its runner. */
  readonly pid: number;
  readonly databaseUrl: string;
  readonly urlOf: (name: PortName) => string;
  /** What its runner has said so far. */
  readonly said: () => string;
  readonly isRunning: () => boolean;
  stop(): Promise<void>;
}

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

/** Ports that can be reached; undefined for an offset that would move one to where fetch does not go. */
function layoutAt(offset: number, dataDir: string): Layout | undefined {
  try {
    return readLayout({ PORT_OFFSET: String(offset), RIDESHARE_DATA_DIR: dataDir });
  } catch {
    return undefined;
  }
}

/** Ports and a folder that nobody uses. */
export async function findPlace(): Promise<Place> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'rideshare-chaos-'));
  for (const offset of OFFSETS) {
    const layout = layoutAt(offset, dataDir);
    const free = layout ? await Promise.all(Object.values(layout.ports).map(isFree)) : [false];
    if (!layout || !free.every(Boolean)) continue;
    const env = { PORT_OFFSET: String(offset), RIDESHARE_DATA_DIR: dataDir, SIMULATE: '0', WATCH_SOURCES: '0' };
    return { layout, env: { ...env, DATABASE_URL: '', GATEWAY_URL: '' } };
  }
  throw new Error('no free ports for the platform');
}

/** Runs a command of the project against the platform at this place. */
export function runTool({ env }: Place, file: string, args: readonly string[]) {
  return execa(process.execPath, [RUN_SOURCES, file, ...args], { cwd: root, env, reject: false, all: true });
}

/** The whole platform as processes of a runner that starts again what dies; its lines go to `logFile`. */
export async function startPlatform(place: Place, logFile: string): Promise<Platform> {
  const { dataDir, ports } = place.layout;
  const log = openSync(logFile, 'a');
  const runner = execa(process.execPath, [RUN_SOURCES, 'scripts/dev/dev.ts'], {
    cwd: root,
    env: { ...place.env, ENVIRONMENT: '' },
    // a group of its own: Ctrl-C is for the round, which then stops the runner
    detached: true,
    cleanup: true,
    reject: false,
    stdin: 'ignore',
    stdout: log as 3,
    stderr: log as 3,
  });
  closeSync(log);
  const said = () => readFileSync(logFile, 'utf8');
  const pid = runner.pid ?? 0;
  const isRunning = () => runner.nodeChildProcess.exitCode === null && isAlive(pid);
  const stop = async (): Promise<void> => {
    if (!isRunning()) return;
    process.kill(pid, 'SIGINT');
    await patiently('the end of the platform', () => (isRunning() ? undefined : true), STOP_PATIENCE_MS);
  };
  try {
    const run = await patiently('the start of the platform', () => {
      if (!isRunning()) throw new Error(`the platform ended at its start:\n${said()}`);
      return said().includes('Ctrl-C stops everything') ? readRunFile(dataDir) : undefined;
    });
    const urlOf = (name: PortName) => `http://127.0.0.1:${String(ports[name])}`;
    return { ...place, pid, databaseUrl: run.databaseUrls['admin'] ?? '', urlOf, said, isRunning, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
