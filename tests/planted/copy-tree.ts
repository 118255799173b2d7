import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LEFT_OUT = new Set(['node_modules', '.git', '.data', '.cache', '.tools', 'dist', 'coverage']);
const OWN_SCOPE = '@rideshare';

/**
 * Copies the sources to a folder where they may be changed: the packages of others are linked, those of ours are found
 * in the copy.
 */
export function copyTree(root: string): { readonly root: string; remove(): void } {
  const copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'rideshare-planted-')));
  cpSync(root, copy, {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(path.basename(source)),
    verbatimSymlinks: true,
  });
  const modules = path.join(copy, 'node_modules');
  mkdirSync(path.join(modules, OWN_SCOPE), { recursive: true });
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (name !== OWN_SCOPE) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  for (const group of ['packages', 'services', 'apps']) {
    for (const name of readdirSync(path.join(copy, group))) {
      symlinkSync(path.join(copy, group, name), path.join(modules, OWN_SCOPE, name));
    }
  }
  return {
    root: copy,
    remove: () => {
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
