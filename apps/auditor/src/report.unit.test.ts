import { describe, expect, it } from '@jest/globals';
import type { CheckReport } from './audit.ts';
import { checks } from './checks.ts';
import { renderJson, renderText } from './report.ts';

const [first, second] = checks;
if (!first || !second) throw new Error('there are no checks');
const violation = (index: number) => ({ subject: `trip ${String(index)}`, detail: 'is wrong', versions: '1' });
const clean: CheckReport = { check: second, checked: 7, violations: [] };
const found = (count: number): CheckReport => ({
  check: first,
  checked: 100,
  violations: Array.from({ length: count }, (_unused, index) => violation(index)),
});

describe('the checks', () => {
  it('have names of their own, in the order of their rules', () => {
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    expect(checks.map(({ rule }) => rule)).toEqual(checks.map(({ rule }) => rule).toSorted((a, b) => a - b));
  });
});

describe('renderText', () => {
  it('lists every check and says that nothing was found', () => {
    const text = renderText([found(0), clean]);
    expect(text).toContain(first.name);
    expect(text).toMatch(new RegExp(`${second.name}\\s+7\\s+0\\n`));
    expect(text).toMatch(/\n0 violations\n$/);
    expect(text).not.toContain('Look at');
  });

  it('tells of a violation with its rule and where to look', () => {
    const text = renderText([found(1), clean]);
    expect(text).toContain(`Rule 1: ${first.title}. Look at ${first.lookAt}.\n  trip 0: is wrong\n  the whole story: `);
    expect(text).toMatch(/\n1 violation\n$/);
  });

  it('prints fifty of a kind and counts the rest', () => {
    const text = renderText([found(53)]);
    expect(text).toContain('trip 49: is wrong\n  and 3 more\n');
    expect(text).not.toContain('trip 50');
    expect(text).toMatch(/\n53 violations\n$/);
  });
});

describe('renderJson', () => {
  it('carries every violation', () => {
    expect(JSON.parse(renderJson([found(60), clean]))).toMatchObject({
      violations: 60,
      checks: [
        {
          name: first.name,
          rule: 1,
          checked: 100,
          violations: found(60).violations.map(({ detail, subject }) => ({ detail, subject })),
        },
        { name: second.name, violations: [] },
      ],
    });
  });
});
