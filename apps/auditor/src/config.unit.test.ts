import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditorConfig, databaseUrlOf } from './config.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'auditor-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const writeRun = (run: unknown) => {
  writeFileSync(path.join(dataDir, 'run.json'), JSON.stringify(run));
};

describe('auditorConfig', () => {
  it('has a default for everything', () => {
    expect(auditorConfig.load({})).toMatchObject({ port: 8085, dataDir: '.data', intervalMs: 60_000 });
  });

  it('names what is wrong without its value', () => {
    const load = () => auditorConfig.load({ AUDIT_INTERVAL_MS: 'often', PORT: '99999' });
    expect(load).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(load).not.toThrow(/often/);
  });
});

describe('databaseUrlOf', () => {
  it('takes the configured database', () => {
    const config = auditorConfig.load({ DATABASE_URL: 'postgres://a:b@somewhere/rideshare' });
    expect(databaseUrlOf(config, dataDir).reveal()).toBe('postgres://a:b@somewhere/rideshare');
  });

  it('finds that of the platform that runs', () => {
    writeRun({ pid: 1, databaseUrls: { admin: 'postgres://here/rideshare' } });
    expect(databaseUrlOf(auditorConfig.load({ RIDESHARE_DATA_DIR: '.' }), dataDir).reveal()).toBe(
      'postgres://here/rideshare',
    );
  });

  it.each([
    ['nothing runs', undefined],
    ['its file is of another kind', { pid: 'x' }],
  ])('says so where %s', (_name, run) => {
    if (run) writeRun(run);
    const find = () => databaseUrlOf(auditorConfig.load({ RIDESHARE_DATA_DIR: dataDir }), '/');
    expect(find).toThrow(expect.objectContaining({ code: 'ENGINE_UNREACHABLE', kind: 'unavailable' }));
    expect(find).toThrow(dataDir);
  });
});
