import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
// what the checks read, beside the sources they look at
const CONFIGURATION = [
  '.dependency-cruiser.cjs',
  'eslint.config.mjs',
  'jest.config.mjs',
  'knip.json',
  'scripts/jest',
  'scripts/pg',
  'tsconfig.base.json',
];

/** A small repository under the real rules. */
export interface Fixture {
  readonly root: string;
  /** Adds a file; its folder is made. */
  readonly write: (file: string, content: string) => void;
  /** Adds a package, service or app, and links it as an installation does. */
  readonly workspace: (folder: string, manifest?: Readonly<Record<string, unknown>>) => void;
  readonly remove: () => void;
}

/** Makes a repository in a temporary directory with the real configuration, the real tools, and no source. */
export function createFixture(): Fixture {
  const root = mkdtempSync(path.join(tmpdir(), 'rideshare-quality-'));
  const filter = (source: string) => !source.endsWith('.test.ts');
  for (const file of CONFIGURATION) {
    cpSync(path.join(REPOSITORY, file), path.join(root, file), { recursive: true, filter });
  }
  const manifest = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const modules = path.join(root, 'node_modules');
  mkdirSync(path.join(modules, '@rideshare'), { recursive: true });
  for (const name of readdirSync(path.join(REPOSITORY, 'node_modules'))) {
    if (name !== '@rideshare') symlinkSync(path.join(REPOSITORY, 'node_modules', name), path.join(modules, name));
  }
  const write = (file: string, content: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  write(
    'package.json',
    JSON.stringify({
      name: 'fixture',
      type: 'module',
      workspaces: ['packages/*', 'services/*', 'apps/*'],
      devDependencies: manifest.devDependencies, // of the copied configuration
    }),
  );
  return {
    root,
    write,
    workspace: (folder, more = {}) => {
      const name = path.basename(folder);
      const entry = folder.startsWith('services/') ? './src/service.ts' : './src/index.ts';
      write(
        `${folder}/package.json`,
        JSON.stringify({
          name: `@rideshare/${name}`,
          type: 'module',
          exports: { '.': { '@rideshare/source': entry } },
          ...more,
        }),
      );
      symlinkSync(path.join(root, folder), path.join(modules, '@rideshare', name));
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
