import { describe, expect, test } from '@jest/globals';
import { assign } from './assign.ts';
import type { AssignmentProblem, AssignmentSolution } from './assignment.ts';
import { verifyDuals } from './verify-duals.ts';

const problem: AssignmentProblem = {
  columns: 3,
  rows: [
    {
      penalty: 10,
      columns: [0, 1],
      costs: [1, 4],
    },
    { penalty: 10, columns: [0], costs: [2] },
    { penalty: 3, columns: [1], costs: [4] },
  ],
};
const rulesOf = (changed: Partial<AssignmentSolution>): string[] => [
  ...new Set(verifyDuals(problem, { ...assign(problem), ...changed }).map(({ rule }) => rule)),
];

describe('verifyDuals', () => {
  test('of an optimal solution, finds nothing', () => {
    expect(assign(problem)).toMatchObject({ columnOf: [1, 0, null], totalCost: 9 });
    expect(rulesOf({})).toStrictEqual([]);
  });

  test('of a worse plan with honest totals, finds the pairs that are not worth it', () => {
    expect(rulesOf({ columnOf: [0, null, null], pairs: 1, totalCost: 14 })).toContain('unmatched_row_not_tight');
    expect(rulesOf({ columnOf: [0, null, 1], pairs: 2, totalCost: 15 })).toContain('pair_not_tight');
  });

  test.each([
    ['a column twice', { columnOf: [0, 0, null] }, 'no_assignment'],
    ['a column that is no candidate', { columnOf: [2, 0, null] }, 'no_assignment'],
    ['a row that pays too much', { rowPrices: [4, 11, 3] }, 'row_above_penalty'],
    ['a candidate that is too cheap', { columnPrices: [0, 0, 0] }, 'candidate_underpriced'],
    ['a column that costs the platform', { columnPrices: [1, 0, 0] }, 'column_above_zero'],
    ['a free column with a price', { columnPrices: [-3, 0, -1] }, 'free_column_priced'],
    ['an unmatched row that pays too little', { rowPrices: [4, 5, 2] }, 'unmatched_row_not_tight'],
    ['a wrong cost', { totalCost: 8 }, 'total_wrong'],
    ['a wrong number of pairs', { pairs: 3 }, 'total_wrong'],
    ['no prices at all', { rowPrices: [], columnPrices: [] }, 'pair_not_tight'],
  ] as const)('of a solution with %s, names the rule', (_what, changed, rule) => {
    expect(rulesOf(changed)).toContain(rule);
  });
});
