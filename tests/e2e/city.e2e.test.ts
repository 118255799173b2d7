import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { runTool, startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

describe('the simulated city', () => {
  it('moves a generated demand without a contradiction, and the auditor finds nothing', async () => {
    const file = path.join(platform.dataDir, 'report.json');
    const run = await runTool(platform, 'apps/simulator/src/main.ts', [
      ...['--drivers', '8', '--speed', '600', '--rate', '0.12', '--duration', '15', '--seed', '11', '--report', file],
    ]);
    expect({ exitCode: run.exitCode, output: run.exitCode === 0 ? '' : run.all }).toEqual({ exitCode: 0, output: '' });
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    expect(report['completed']).toBeGreaterThanOrEqual(5);
    expect(report['charged']).toBe(report['ledger']);

    const audit = await runTool(platform, 'apps/auditor/src/main.ts', ['--settle-ms', '5000']);
    expect({ exitCode: audit.exitCode, output: audit.exitCode === 0 ? '' : audit.all }).toEqual({
      exitCode: 0,
      output: '',
    });
  }, 240_000);

  it('leaves no dead letters', async () => {
    const list = await runTool(platform, 'scripts/dlq.ts', ['list']);
    expect({ exitCode: list.exitCode, output: list.stdout }).toEqual({ exitCode: 0, output: 'no dead letters' });
  });
});

describe('the tools', () => {
  it('say so where no platform runs', async () => {
    const nowhere = {
      ...platform,
      env: { ...platform.env, RIDESHARE_DATA_DIR: path.join(platform.dataDir, 'nowhere') },
    };
    for (const tool of ['apps/simulator/src/main.ts', 'apps/auditor/src/main.ts']) {
      const run = await runTool(nowhere, tool);
      expect(run.exitCode).toBe(69);
      expect(run.stderr).toContain('no platform is running on');
    }
  });

  it.each([
    ['apps/simulator/src/main.ts', ['--speed', 'fast']],
    ['apps/simulator/src/main.ts', ['--what']],
    ['apps/auditor/src/main.ts', ['--rule', '99']],
  ])('%s refuses %p as usage', async (tool, args) => {
    const run = await runTool(platform, tool, args);
    expect(run.exitCode).toBe(64);
    expect(run.stderr).not.toBe('');
  });
});
