import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProgram, findGateway, simulatorConfig } from './settings.ts';
import type { Flags } from './settings.ts';

function parse(...args: readonly string[]): Flags {
  const program = createProgram()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return program.parse([...args], { from: 'user' }).opts<Flags>();
}

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(parse()).toEqual({
      ...{ drivers: 40, riders: 0, speed: 60, seed: 1, rate: 1, duration: 600 },
      ...{ behaviour: 'real', verify: 'at-once' },
    });
  });

  it('takes what it is given', () => {
    expect(
      parse(
        ...'--trips t.csv --limit 5 --skip-bad --drivers 80 --speed 240 --seed 7 --report r.json --journal j --behaviour calm'.split(
          ' ',
        ),
      ),
    ).toMatchObject({
      trips: 't.csv',
      limit: 5,
      skipBad: true,
      drivers: 80,
      speed: 240,
      seed: 7,
      journal: 'j',
      behaviour: 'calm',
    });
    expect(parse('--forever', '--rate', '0.25', '--url', 'http://x')).toMatchObject({ forever: true, rate: 0.25 });
  });

  it.each([
    ['--drivers', '0', /a whole number from 1 to 5000 is wanted/],
    ['--drivers', '1e3', /a whole number from 1 to 5000 is wanted/],
    ['--drivers', '-1', /a whole number from 1 to 5000 is wanted/],
    ['--speed', 'fast', /a number above 0 is wanted/],
    ['--speed', '0', /a number above 0 is wanted/],
    ['--limit', '1.5', /a whole number/],
    ['--seed', '99999999999', /a whole number/],
    ['--behaviour', 'rude', /Allowed choices are real, calm/],
  ])('refuses %s %s and says what is wanted', (flag, value, message) => {
    expect(() => parse(flag, value)).toThrow(message);
    expect(() => parse(flag, value)).toThrow(flag);
  });

  it('refuses what it does not know', () => {
    expect(() => parse('--what')).toThrow(/--what/);
    expect(() => parse('trips.csv')).toThrow(/too many arguments/);
  });
});

describe('findGateway', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'simulator-'));
  });
  afterEach(() => {
    rmSync(dataDir, { recursive: true });
  });
  const find = (flags: { url?: string } = {}, env: Record<string, string> = {}) =>
    findGateway(flags, simulatorConfig.load({ RIDESHARE_DATA_DIR: dataDir, ...env }), '/');
  const writeRun = (run: unknown) => {
    writeFileSync(path.join(dataDir, 'run.json'), JSON.stringify(run));
  };

  it('takes the flag before the environment before the platform that runs', () => {
    writeRun({ pid: process.pid, ports: { gateway: 4321 } });
    expect(find()).toBe('http://127.0.0.1:4321');
    expect(find({}, { GATEWAY_URL: 'http://env:1' })).toBe('http://env:1');
    expect(find({ url: 'http://flag:2/' }, { GATEWAY_URL: 'http://env:1' })).toBe('http://flag:2');
  });

  it.each([
    ['there is no file', undefined],
    ['it is of another kind', { ports: {} }],
    ['its process is gone', { pid: 2 ** 22 + 1, ports: { gateway: 4321 } }],
  ])('finds nothing where %s', (_name, run) => {
    if (run) writeRun(run);
    expect(find()).toBeUndefined();
  });

  it('names a wrong variable', () => {
    expect(() => simulatorConfig.load({ GATEWAY_URL: 'nonsense' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
