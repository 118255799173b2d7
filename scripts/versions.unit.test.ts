import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const read = (file: string): string => readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8');
const manifest = JSON.parse(read('package.json')) as { engines: { node: string }; devDependencies: object };

it('the oldest Node that yarnw accepts is the one that the manifest asks for', () => {
  const oldest = /^NODE_OLDEST=(\S+)/m.exec(read('yarnw'))?.[1];
  expect(manifest.engines.node).toBe(`>=${String(oldest)}`);
});

it('the Node that yarnw installs is of the line that version managers are told', () => {
  const pinned = /^NODE_VERSION=(\d+)\./m.exec(read('yarnw'))?.[1];
  expect(read('.nvmrc').trim()).toBe(pinned);
});

it('the lockfile names no registry, so that everybody installs from their own', () => {
  expect(read('yarn.lock')).not.toContain('://');
});

it('every version is pinned exactly', () => {
  const loose = Object.entries(manifest.devDependencies).filter(
    ([, range]) => !/^(?:npm:.+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$|^workspace:\*$/.test(String(range)),
  );
  expect(loose).toEqual([]);
});
