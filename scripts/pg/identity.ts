/**
 * PostgreSQL refuses to run as root. As root the server is given to `nobody`, and where `nobody` cannot reach the
 * files (a checkout below root's home) to root itself inside a user namespace, in which root has no privileges.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** As whom the server's programs run: extra spawn options, and a command put before theirs. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
  readonly prefix: readonly string[];
}

const NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'] as const;

function nobody(): { uid: number; gid: number } {
  // macOS prints -2; the kernel's number is unsigned
  const id = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout) >>> 0;
  return { uid: id('-u'), gid: id('-g') };
}

function canEnter(directory: string, who: { uid: number; gid: number }): boolean {
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...who, cwd: '/', stdio: 'ignore' });
  return tried.status === 0;
}

/** The outermost directory on the way to `target` that `who` may not enter. */
function closedDirectory(target: string, who: { uid: number; gid: number }): string | undefined {
  const { root } = path.parse(target);
  const steps = target.slice(root.length).split(path.sep);
  return steps.map((_, index) => path.join(root, ...steps.slice(0, index + 1))).find((step) => !canEnter(step, who));
}

/**
 * Picks the identity that may read all of `directories`.
 *
 * @throws With the one directory to open, when root can neither drop to `nobody` nor make a user namespace.
 */
export function chooseIdentity(directories: readonly string[]): Identity {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const who = nobody();
  const closed = directories
    .map((directory) => closedDirectory(directory, who))
    .find((directory) => directory !== undefined);
  if (closed === undefined) return { ...who, prefix: [] };

  const [command, ...args] = NAMESPACE;
  if (spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0) return { prefix: NAMESPACE };
  const refusal = new Error(
    `PostgreSQL does not run as root, and the user "nobody" may not enter ${closed}: run "chmod o+x '${closed}'", ` +
      'or work as an ordinary user',
  );
  refusal.stack = refusal.message; // advice, not a defect: where it was thrown helps nobody
  throw refusal;
}
