import { describe, expect, it } from '@jest/globals';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { manualScheduler } from '@rideshare/testing';
import { audit, countViolations } from './audit.ts';
import type { Check, Finding, Violation } from './check.ts';

const SETTLE_MS = 60_000;

function stage() {
  const statements: string[] = [];
  const query = (text: string) => {
    statements.push(text);
    return Promise.resolve({ rows: [], rowCount: 0 });
  };
  const database = {
    transaction: <T>(work: (tx: PgTransaction) => Promise<T>) => work({ query } as unknown as PgTransaction),
  } as unknown as Database;
  const scheduler = manualScheduler();
  return { deps: { database, scheduler, settleMs: SETTLE_MS }, scheduler, statements };
}

const violation = (subject: string, versions = '1', detail = 'is wrong'): Violation => ({ subject, detail, versions });

/** A check that finds these violations, one list a look. */
function check(scope: Check['scope'], ...looks: readonly (readonly Violation[])[]): Check & { looks: number } {
  return {
    ...{ name: `a-check-${scope}`, rule: 1, title: 'all is well', lookAt: 'the moon', scope, looks: 0 },
    run(): Promise<Finding> {
      const violations = looks[this.looks] ?? [];
      this.looks += 1;
      return Promise.resolve({ checked: 3, violations });
    },
  };
}

describe('audit', () => {
  it('sees one moment, reads only, and counts what one store holds at once', async () => {
    const { deps, statements } = stage();
    const within = check('store', [violation('trip 1')]);
    const { reports } = await audit(deps, [within]);
    expect(reports).toEqual([{ check: within, checked: 3, violations: [violation('trip 1')] }]);
    expect(countViolations(reports)).toBe(1);
    expect(statements[0]).toBe('set transaction isolation level repeatable read, read only');
    expect(statements.some((text) => /insert|update|delete/.test(text))).toBe(false);
  });

  it('does not wait where stores agree', async () => {
    const { deps, scheduler } = stage();
    const { reports } = await audit(deps, [check('across', []), check('store', [violation('trip 1')])]);
    expect(countViolations(reports)).toBe(1);
    expect(scheduler.sleeping).toBe(0);
  });

  it('looks at a disagreement again, and counts what still disagrees with the same versions', async () => {
    const { deps, scheduler } = stage();
    const first = [violation('settled'), violation('moved', '1'), violation('stuck'), violation('other', '1', 'is a')];
    const second = [violation('moved', '2'), violation('stuck'), violation('new'), violation('other', '1', 'is b')];
    const across = check('across', first, second);
    const within = check('store', [violation('trip 1')]);
    const auditing = audit(deps, [across, within]);
    await scheduler.settle();
    expect(across.looks).toBe(1);
    await scheduler.advance(SETTLE_MS);
    const { reports } = await auditing;
    expect(reports.map(({ violations }) => violations)).toEqual([[violation('stuck')], [violation('trip 1')]]);
    expect(within.looks).toBe(1);
  });
});
