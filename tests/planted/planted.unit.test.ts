import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { plantedBugs } from './bugs.ts';
import { occurrencesOf, plant } from './plot.ts';
import type { PlantedBug } from './plot.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Promises of the catalogue about what is not built, or what is measured. */
const WITHOUT_GUARD: ReadonlySet<number> = new Set([19, 20, 37, 39, 40]);

function promisedNumbers(): number[] {
  const document = readFileSync(path.join(ROOT, 'docs/architecture/invariants.md'), 'utf8');
  const [, promises = ''] = /## The promises\n(.*?)\n## /s.exec(document) ?? [];
  return [...promises.matchAll(/^\| (\d+) /gm)].map(([, number]) => Number(number));
}

describe('the planted bugs', () => {
  test('stand on text that is in its file once', () => {
    const moved = plantedBugs
      .filter((bug) => occurrencesOf(ROOT, bug) !== 1)
      .map(({ name, file }) => `${file}: ${name}`);
    expect(moved).toEqual([]);
  });

  test('change something, each under a name of its own', () => {
    expect(plantedBugs.filter(({ find, replace }) => find === replace)).toEqual([]);
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  });

  test('have catchers that exist', () => {
    const files = plantedBugs.flatMap(({ catchers }) =>
      catchers.flatMap((each) => ('tests' in each ? each.tests : [])),
    );
    expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    expect(plantedBugs.filter(({ catchers }) => catchers.length === 0)).toEqual([]);
  });

  test('break every promise that has a guard, and no other', () => {
    const broken = new Set(plantedBugs.flatMap(({ invariants }) => invariants));
    const guarded = promisedNumbers().filter((number) => !WITHOUT_GUARD.has(number));
    expect(guarded.length).toBeGreaterThan(30);
    expect([...broken].toSorted((a, b) => a - b)).toEqual(guarded);
  });
});

describe('plant', () => {
  const bug: PlantedBug = { name: 'a bug', invariants: [], file: 'a.ts', find: 'b', replace: '$&', catchers: [] };
  let folder: string;
  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), 'plot-')), 'tree');
    mkdirSync(folder);
  });
  afterEach(() => {
    rmSync(path.dirname(folder), { recursive: true });
  });
  const textAfter = (text: string): (() => string) => {
    writeFileSync(path.join(folder, bug.file), text);
    return () => readFileSync(path.join(folder, bug.file), 'utf8');
  };

  test('puts what stands in place of the text as it is, and puts the text back', () => {
    const read = textAfter('abc');
    const putBack = plant(folder, bug);
    expect(read()).toBe('a$&c');
    putBack();
    expect(read()).toBe('abc');
  });

  test.each(['ac', 'abcb'])('refuses "%s", where the text is not there once', (text) => {
    const read = textAfter(text);
    expect(() => plant(folder, bug)).toThrow('has to be there once');
    expect(read()).toBe(text);
  });
});
