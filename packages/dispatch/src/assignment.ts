/**
 * One row and its choices: its candidates, or nothing at the price of the penalty.
 *
 * @remarks Two parallel lists rather than one of objects: reading twenty thousand objects would take longer than solving
 * the problem. Where a column is named twice, the cheaper one counts.
 */
export interface AssignmentRow {
  /** What leaving the row unmatched costs. Finite and not negative. */
  readonly penalty: number;
  /** The columns the row may have. */
  readonly columns: readonly number[];
  /**
   * What each of them costs. Finite and not negative. Integers are added exactly, so prefer milliseconds to fractions of a
   * second.
   */
  readonly costs: readonly number[];
}

/** A sparse assignment problem: each row takes at most one column, each column at most one row. */
export interface AssignmentProblem {
  /** How many columns there are; rows name them from zero. */
  readonly columns: number;
  readonly rows: readonly AssignmentRow[];
}

/**
 * An optimal assignment and the prices that prove it.
 *
 * @remarks The prices solve the dual problem: no row pays more than its penalty, no column costs less than nothing (its
 * price is zero or negative), no candidate is cheaper than the prices of its two ends. Where that holds, no assignment costs
 * less than the sum of all prices; this one costs exactly that.
 */
export interface AssignmentSolution {
  /** The column of each row, or `null`. */
  readonly columnOf: readonly (number | null)[];
  /** How many rows have a column. */
  readonly pairs: number;
  /** Costs of the pairs and penalties of the other rows. */
  readonly totalCost: number;
  readonly rowPrices: ArrayLike<number>;
  readonly columnPrices: ArrayLike<number>;
}
