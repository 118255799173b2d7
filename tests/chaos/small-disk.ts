import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SIZE = '64m';
const CHUNK = Buffer.alloc(64 * 1024);

/** A small file system of its own below the logs, which can be filled without harming the machine. */
export interface SmallDisk {
  fillFor(seconds: number): Promise<void>;
  remove(): void;
}

/** Puts the logs on a small disk; undefined where this user or this machine may not. */
export function mountSmallDisk(folder: string): SmallDisk | undefined {
  if (process.getuid?.() !== 0) return undefined;
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'tmpfs', folder]);
  if (mounted.status !== 0) return undefined;
  const ballast = path.join(folder, 'ballast');
  return {
    async fillFor(seconds) {
      const file = openSync(ballast, 'w');
      try {
        for (;;) writeSync(file, CHUNK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
      await delay(seconds * 1_000);
      rmSync(ballast);
    },
    remove() {
      const unmounted = spawnSync('umount', ['-l', folder], { encoding: 'utf8' });
      if (unmounted.status !== 0) throw new Error(`${folder} cannot be unmounted: ${unmounted.stderr}`);
    },
  };
}
