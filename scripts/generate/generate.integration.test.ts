import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

it('generated files, as committed, are what the sources say', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=@rideshare/source', 'scripts/generate.ts', '--check'],
    { cwd: root, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
}, 60_000);
