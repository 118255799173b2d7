import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { watch } from 'chokidar';
import { root } from './layout.ts';

/** Editors and git write in bursts: one restart a burst. */
const SETTLE_MS = 150;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** For each workspace folder, the workspace folders that use it, itself included. */
export function dependents(): ReadonlyMap<string, ReadonlySet<string>> {
  const uses = new Map<string, string[]>();
  const folderOf = new Map<string, string>();
  for (const file of globSync('{packages,services,apps}/*/package.json', { cwd: root })) {
    const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
    const folder = path.dirname(file);
    folderOf.set(manifest.name, folder);
    uses.set(folder, Object.keys(manifest.dependencies ?? {}));
  }
  const closure = (folder: string, seen: Set<string>): Set<string> => {
    if (seen.has(folder)) return seen;
    seen.add(folder);
    for (const name of uses.get(folder) ?? []) {
      const used = folderOf.get(name);
      if (used !== undefined) closure(used, seen);
    }
    return seen;
  };
  const result = new Map<string, Set<string>>();
  for (const folder of uses.keys()) {
    for (const used of closure(folder, new Set())) {
      const users = result.get(used) ?? new Set();
      users.add(folder);
      result.set(used, users);
    }
  }
  return result;
}

/** Calls back with the folders whose sources, or the sources they use, have changed. */
export function watchSources(onChange: (folders: ReadonlySet<string>) => void): { close: () => Promise<void> } {
  const users = dependents();
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(
    [...users.keys()].map((folder) => path.join(root, folder, 'src')),
    {
      ignoreInitial: true,
      ignored: (file) => file.endsWith('.test.ts'),
    },
  );
  watcher.on('all', (_event, file) => {
    const folder = path.relative(root, file).split(path.sep).slice(0, 2).join('/');
    for (const user of users.get(folder) ?? []) changed.add(user);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const folders = changed;
      changed = new Set();
      onChange(folders);
    }, SETTLE_MS);
  });
  return {
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
