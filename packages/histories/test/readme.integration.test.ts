import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const folder = path.join(import.meta.dirname, '..');

it('the example of the README runs and finds what it plants', async () => {
  const readme = await readFile(path.join(folder, 'README.md'), 'utf8');
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const flags = ['--conditions=@rideshare/source', '--input-type=module-typescript', '--eval', example];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: folder });
  expect(stdout).toMatch(/^invalid\ntrip-1 is no trip: /);
  expect(stdout).toContain('No place is left for');
}, 60_000);
