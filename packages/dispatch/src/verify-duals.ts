import type { AssignmentProblem, AssignmentSolution } from './assignment.ts';

/** A condition of optimality. */
export type DualRule =
  /** A row has a column that is not its candidate, or another row's. */
  | 'no_assignment'
  /** A candidate costs less than the prices of its two ends. */
  | 'candidate_underpriced'
  /** A row pays more than its penalty. */
  | 'row_above_penalty'
  /** A column has a positive price. */
  | 'column_above_zero'
  /** A pair costs more than the prices of its two ends. */
  | 'pair_not_tight'
  /** An unmatched row pays less than its penalty. */
  | 'unmatched_row_not_tight'
  /** A column nobody has is priced. */
  | 'free_column_priced'
  /** The stated cost or number of pairs is not that of the assignment, or not the sum of all prices. */
  | 'total_wrong';

/** A condition that does not hold, where, and by how much. */
export interface DualViolation {
  readonly rule: DualRule;
  readonly row: number | null;
  readonly column: number | null;
  readonly by: number;
}

// Relative to the largest number involved; a few hundred roundings of doubles stay far below.
const TOLERANCE = 1e-9;

/**
 * Proves a solution optimal by weak duality and complementary slackness, without solving the problem again.
 *
 * @remarks Takes time proportional to the candidates. An empty answer is a certificate: feasible prices bound every
 * assignment from below, and this one meets the bound. Integers are held to exactness, fractions to one part in a billion.
 */
export function verifyDuals(problem: AssignmentProblem, solution: AssignmentSolution): DualViolation[] {
  const violations: DualViolation[] = [];
  const scale = scaleOf(problem);
  const slack = scale.isInteger ? 0 : scale.largest * TOLERANCE;
  const report = (rule: DualRule, row: number | null, column: number | null, by: number): void => {
    if (!(by <= slack)) violations.push({ rule, row, column, by });
  };
  const holders = new Map<number, number>();
  let [cost, pairs] = [0, 0];
  for (const [row, { penalty, columns, costs }] of problem.rows.entries()) {
    const rowPrice = solution.rowPrices[row] ?? NaN;
    const column = solution.columnOf[row] ?? null;
    let pairCost = Infinity;
    report('row_above_penalty', row, null, rowPrice - penalty);
    for (const [index, candidate] of columns.entries()) {
      const candidateCost = costs[index] ?? NaN;
      const priced = rowPrice + (solution.columnPrices[candidate] ?? NaN);
      report('candidate_underpriced', row, candidate, priced - candidateCost);
      if (candidate === column) pairCost = Math.min(pairCost, candidateCost);
    }
    if (column === null) {
      cost += penalty;
      report('unmatched_row_not_tight', row, null, Math.abs(penalty - rowPrice));
      continue;
    }
    if (pairCost === Infinity || holders.has(column)) report('no_assignment', row, column, Infinity);
    holders.set(column, row);
    pairs += 1;
    cost += pairCost;
    report('pair_not_tight', row, column, Math.abs(pairCost - rowPrice - (solution.columnPrices[column] ?? NaN)));
  }
  for (let column = 0; column < problem.columns; column += 1) {
    const price = solution.columnPrices[column] ?? NaN;
    report('column_above_zero', null, column, price);
    if (!holders.has(column)) report('free_column_priced', null, column, Math.abs(price));
  }
  const bound = sum(solution.rowPrices) + sum(solution.columnPrices);
  const wholeSlack = slack * (problem.rows.length + problem.columns);
  const wrong = Math.max(Math.abs(cost - solution.totalCost), Math.abs(cost - bound));
  report('total_wrong', null, null, wrong <= wholeSlack ? 0 : wrong);
  if (pairs !== solution.pairs) violations.push({ rule: 'total_wrong', row: null, column: null, by: pairs });
  return violations;
}

function scaleOf({ rows }: AssignmentProblem): { largest: number; isInteger: boolean } {
  let largest = 1;
  let isInteger = true;
  const see = (value: number): void => {
    largest = Math.max(largest, value);
    isInteger &&= Number.isSafeInteger(value);
  };
  for (const { penalty, costs } of rows) {
    see(penalty);
    costs.forEach(see);
  }
  return { largest, isInteger };
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
