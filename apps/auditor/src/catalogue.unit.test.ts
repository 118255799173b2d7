import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { invariants } from './catalogue.ts';
import { checks } from './checks.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/architecture/invariants.md'), 'utf8');

/** The rows of the tables of the page: the cells of each, without their padding. */
const rows = page
  .split('\n')
  .filter((line) => /^\| +\d+ /.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the catalogue', () => {
  it('numbers every invariant from 1 to 40', () => {
    expect(invariants.map(({ rule }) => rule)).toEqual(Array.from({ length: 40 }, (_unused, index) => index + 1));
  });

  it.each(invariants.map((invariant) => [invariant.rule, invariant] as const))(
    'has a check for %p, or says why there is none',
    (rule, { absent }) => {
      const has = checks.some((check) => check.rule === rule);
      expect(has).toBe(absent === undefined);
      expect(absent).not.toBe('');
    },
  );
});

describe('docs/architecture/invariants.md', () => {
  it('lists the invariants of the catalogue, in its words', () => {
    const promised = rows.filter((cells) => cells.length === 3);
    expect(promised).toEqual(
      invariants.map(({ absent, beyond, rule, text }) => [
        String(rule),
        text,
        absent === undefined ? (beyond ?? '') : `not checked: ${absent}`,
      ]),
    );
  });

  it('lists every check, where it is and where it looks', () => {
    const listed = rows.filter((cells) => cells.length === 5);
    expect(listed.map(([rule, name, , scope, lookAt]) => ({ lookAt, name, rule, scope }))).toEqual(
      checks.map(({ lookAt, name, rule, scope }) => ({ lookAt, name: `\`${name}\``, rule: String(rule), scope })),
    );
    for (const [, name = '', file = ''] of listed) {
      const source = readFileSync(path.join(import.meta.dirname, 'checks', file.replaceAll('`', '')), 'utf8');
      expect(source).toContain(`'${name.replaceAll('`', '')}'`);
    }
  });
});
