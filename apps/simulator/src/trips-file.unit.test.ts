import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BadRow, readTripsFile } from './trips-file.ts';

const HEADER = '"TRIP_ID","TIMESTAMP","POLYLINE"';
const row = (timestamp: string, polyline: string, id = '1') => `"${id}","${timestamp}","${polyline}"`;
const GOOD = row('1372636858', '[[-8.618643,41.141412],[-8.62,41.15],[-8.630838,41.154489]]');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'trips-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(lines: readonly string[], options: Parameters<typeof readTripsFile>[1] = {}) {
  const file = path.join(folder, 'trips.csv');
  writeFileSync(file, lines.join('\n'));
  return readTripsFile(file, options);
}

describe('readTripsFile', () => {
  it('takes the first and the last point of a ride', async () => {
    expect(await read([HEADER, GOOD])).toEqual({
      rows: 1,
      skipped: 0,
      bad: [],
      trips: [
        {
          startedAtS: 1_372_636_858,
          pickup: { lat: 41.141412, lng: -8.618643 },
          destination: { lat: 41.154489, lng: -8.630838 },
        },
      ],
    });
  });

  it('skips and counts rides without points, and ignores empty lines and a byte order mark', async () => {
    const file = await read([`\uFEFF${HEADER}`, GOOD, '', row('1372636858', '[]'), GOOD, '']);
    expect(file).toMatchObject({ rows: 3, skipped: 1, bad: [] });
    expect(file.trips).toHaveLength(2);
  });

  it('reads no further than the limit, so that a bad row behind it does no harm', async () => {
    expect(await read([HEADER, GOOD, GOOD, row('x', '[]')], { limit: 2 })).toMatchObject({ rows: 2 });
  });

  it.each([
    ['a time in words', row('yesterday', '[]'), 'line 3, column TIMESTAMP: is not a time in Unix seconds'],
    ['no time', row('', '[]'), 'line 3, column TIMESTAMP: is not a time in Unix seconds'],
    ['a line that breaks off', row('1', '[[-8.6,41.1'), 'line 3, column POLYLINE: is not JSON'],
    ['something else than points', row('1', '{}'), 'line 3, column POLYLINE: is not a list of points'],
    [
      'a point beyond the pole',
      row('1', '[[-8.6,41.1],[-8.6,91]]'),
      'line 3, column POLYLINE: point 1.1 is not [longitude, latitude]',
    ],
    ['a point without latitude', row('1', '[[-8.6]]'), 'line 3, column POLYLINE: point 0'],
  ])('stops at %s and names its line and column', async (_name, bad, message) => {
    const reading = read([HEADER, GOOD, bad, GOOD]);
    await expect(reading).rejects.toBeInstanceOf(BadRow);
    await expect(read([HEADER, GOOD, bad, GOOD])).rejects.toThrow(message);
  });

  it.each([
    ['a column too many', `${GOOD},"more"`],
    ['a quote in the middle', '"1","1372"636858","[]"'],
  ])('stops at %s and names the line', async (_name, bad) => {
    await expect(read([HEADER, GOOD, bad])).rejects.toThrow(/^line 3, column /);
    await expect(read([HEADER, GOOD, bad])).rejects.toBeInstanceOf(BadRow);
  });

  it('goes on past bad rows where that is asked for, and tells of each', async () => {
    const lines = [HEADER, GOOD, row('x', '[]'), `${GOOD},"more"`, row('1', '?'), row('2', '[]'), GOOD];
    const file = await read(lines, { skipBad: true });
    expect(file).toMatchObject({ rows: 6, skipped: 1 });
    expect(file.trips).toHaveLength(2);
    expect(file.bad.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(file.rows).toBe(file.trips.length + file.skipped + file.bad.length);
  });

  it('does without rows, but not without its columns', async () => {
    expect(await read([HEADER])).toEqual({ rows: 0, skipped: 0, bad: [], trips: [] });
    await expect(read(['"TRIP_ID","TIMESTAMP"', '"1","2"'])).rejects.toThrow(
      'line 1, column POLYLINE: is missing from the header',
    );
    await expect(read(['a,b'], { skipBad: true })).rejects.toThrow('line 1, column TIMESTAMP, POLYLINE');
  });

  it('says what the file system says', async () => {
    await expect(readTripsFile(path.join(folder, 'nowhere.csv'), {})).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
