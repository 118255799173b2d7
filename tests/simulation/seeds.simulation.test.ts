import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const MINUTE_MS = 60_000;

/** In a process of its own: what runs in a test environment runs at half the speed. */
async function sim(...flags: readonly string[]) {
  const { exitCode, all } = await execa(process.execPath, ['--conditions=@rideshare/source', CLI, ...flags], {
    reject: false,
    all: true,
    stdin: 'ignore',
    env: { NODE_OPTIONS: '' },
  });
  return { exitCode, all };
}

test(
  '300 seeds, some 17 hours, keep every promise',
  async () => {
    const run = await sim('--seeds', '300', '--hours', '17', '--no-shrink');
    expect(run).toEqual({ exitCode: 0, all: expect.stringMatching(/^seeds +300$/m) });
    process.stdout.write(`${run.all.replace(/^\d+ seeds lived through\n/gm, '')}\n`);
  },
  30 * MINUTE_MS,
);

test(
  'a seed that is lived through again comes to the same, event for event',
  async () => {
    const run = await sim('--seed', '4', '--hours', '17', '--repeat', '5');
    expect(run).toEqual({ exitCode: 0, all: expect.stringMatching(/^5 runs, 1 fingerprint/m) });
  },
  10 * MINUTE_MS,
);

test.each([
  [['--seeds', 'many'], 'must be a whole number'],
  [['--hours', '0'], 'must be a number above 0'],
  [['--hours', '1'], 'is too little for 300 seeds'],
  [['--repeat', '3'], '--repeat needs --seed or --plan'],
  [['--plan', '/nowhere.json'], 'cannot read the plan /nowhere.json'],
  [['and', 'more'], 'too many arguments'],
])('asked with %j, says what is wrong', async (flags, reason) => {
  expect(await sim(...flags)).toEqual({ exitCode: 64, all: expect.stringContaining(reason) });
});
