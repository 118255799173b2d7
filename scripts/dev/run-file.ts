import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { check } from 'proper-lockfile';
import { z } from 'zod';

const runSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  portOffset: z.int(),
  ports: z.record(z.string(), z.int()),
  /** One a service, and `admin`. */
  databaseUrls: z.record(z.string(), z.string()),
});

/** What the dev runner tells the tools about the platform it runs. */
export type RunFile = z.infer<typeof runSchema>;

const fileOf = (dataDir: string) => path.join(dataDir, 'run.json');

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The platform that runs on `dataDir`, if one does. */
export function readRunFile(dataDir: string): RunFile | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const run = runSchema.parse(JSON.parse(text));
  return isAlive(run.pid) ? run : undefined;
}

/** A runner that was killed leaves a lock behind; it counts as abandoned after this long without a sign of life. */
const LOCK_STALE_MS = 5_000;

/** The lock that a runner holds on its data for as long as it lives. */
export function lockOptions(dataDir: string): { readonly lockfilePath: string; readonly stale: number } {
  return { lockfilePath: path.join(dataDir, 'run.lock'), stale: LOCK_STALE_MS };
}

/**
 * The runner that holds `dataDir`, if one does; to be asked before it is signalled or waited for.
 *
 * @remarks A killed runner leaves its file behind, and its process id may be a stranger's by now: the lock decides.
 */
export async function findRunner(dataDir: string): Promise<RunFile | undefined> {
  const run = readRunFile(dataDir);
  return run && (await check(dataDir, lockOptions(dataDir))) ? run : undefined;
}

/** Written whole or not at all: the tools may read at any moment. */
export function writeRunFile(dataDir: string, run: RunFile): void {
  const draft = `${fileOf(dataDir)}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, fileOf(dataDir));
}

/** Removes the file; nothing runs any more. */
export function removeRunFile(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/** The line that every tool prints where nothing runs, and the exit code that goes with it. */
export function nothingRuns(dataDir: string): { readonly message: string; readonly exitCode: 69 } {
  return { message: `no platform is running on ${dataDir}: start one with make dev`, exitCode: 69 };
}
