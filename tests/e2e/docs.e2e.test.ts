/**
 * Runs the command blocks of the documents that are marked `sh run` as a reader would, against a fresh platform.
 * Blocks that start or stop a platform are not marked: starting one as `make dev` does, and finding nothing left after
 * its end, is what the fixture of this tier does itself.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { runTool, startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';

const root = path.resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 60_000;

/** The command blocks marked `sh run`, in their order. */
function commandsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
}

const documents = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules/**', '.*/**'] })
  .map((file) => ({ file, commands: commandsOf(readFileSync(path.join(root, file), 'utf8')) }))
  .filter(({ commands }) => commands.length > 0);

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

/** The blocks of a document are one session: later ones use the variables of those before. */
function runInShell(commands: readonly string[]) {
  return execa('sh', ['-e', '-c', commands.join('\n')], {
    env: { GATEWAY: platform.gateway },
    cwd: root,
    reject: false,
    all: true,
    timeout: TIMEOUT_MS,
  });
}

describe('documents', () => {
  it('have commands to run', () => {
    expect(documents.map(({ file }) => file)).toContain('README.md');
  });

  it.each(documents)(
    '$file: its commands work as they stand',
    async ({ commands }) => {
      const { all, exitCode } = await runInShell(commands);
      expect({ exitCode, output: exitCode === 0 ? '' : all }).toEqual({ exitCode: 0, output: '' });
    },
    TIMEOUT_MS + 10_000,
  );
});

describe('trip', () => {
  it('with the trip of the tour, tells its story', async () => {
    const { commands } = documents.find(({ file }) => file === 'README.md')!;
    const tour = await runInShell([...commands, 'echo "trip=$T"']);
    const [, id = ''] = /^trip=(.+)$/m.exec(tour.all) ?? [];
    const story = await runTool(platform, 'scripts/trip.ts', [id, '--logs']);
    expect(story.exitCode).toBe(0);
    for (const what of ['trip.requested', 'offer.reserved', 'trip.completed', 'ledger.journal', 'log lines']) {
      expect(story.stdout).toContain(what);
    }
  }, 150_000);

  it.each([
    [['nonsense'], 64, 'is not the id of a trip'],
    [['01900000-0000-7000-8000-000000000000'], 1, 'answered 404'],
  ])('with %p, says why not', async (args, exitCode, message) => {
    const run = await runTool(platform, 'scripts/trip.ts', args);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(message);
  });
});
