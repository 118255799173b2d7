import { expect, it } from '@jest/globals';
import { idOf } from '../../test/support/builders.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import { sweepDeadlines } from './sweep-deadlines.ts';

it('a sweep, with rides that last too long, names those that are overdue the longest', async () => {
  const deps = useCaseDeps();
  const limits: number[] = [];
  const agenda = {
    due: () => Promise.resolve([]),
    countOverdueRides: () => Promise.resolve(30),
    overdueRides: (_at: string, limit: number) => {
      limits.push(limit);
      return Promise.resolve([idOf('trip', 1), idOf('trip', 2)]);
    },
  };
  expect(await sweepDeadlines({ ...deps, agenda })).toBe(false);
  expect(limits).toEqual([20]);
  expect(deps.signals.heard).toEqual([['overdueRides', 30, [idOf('trip', 1), idOf('trip', 2)]]]);
});
