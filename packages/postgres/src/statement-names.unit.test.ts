import { describe, expect, it } from '@jest/globals';
import { createStatementNames } from './statement-names.ts';

describe('createStatementNames', () => {
  it('gives a text one name, each its own, and another when it is renewed', () => {
    const names = createStatementNames();
    const first = names.nameOf('select 1', 'one');
    expect(first).toBe('one-1');
    expect(names.nameOf('select 1')).toBe(first);
    expect(names.nameOf('select 2', 'one')).not.toBe(first);
    names.renew('select 1');
    expect(names.nameOf('select 1')).not.toBe(first);
    names.renew('select 3');
  });

  it('past its bound, gives no new names and keeps those it gave', () => {
    const names = createStatementNames();
    const given = Array.from({ length: 500 }, (_, index) => names.nameOf(`select ${String(index)}`));
    expect(new Set(given).size).toBe(500);
    expect(names.nameOf('select 500')).toBeUndefined();
    expect(names.nameOf('select 0')).toBe(given[0]);
  });
});
