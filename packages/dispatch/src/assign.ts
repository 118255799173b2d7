import { assert } from '@rideshare/kernel';
import type { AssignmentProblem, AssignmentRow, AssignmentSolution } from './assignment.ts';
import { ColumnHeap } from './column-heap.ts';
import { floatAt, intAt, numberAt } from './numbers.ts';

// Successive shortest augmenting paths (R. Jonker and A. Volgenant, "A Shortest Augmenting Path Algorithm for Dense and
// Sparse Linear Assignment Problems", Computing 38, 1987). Of their preliminary phases only the first is here: rows whose
// cheapest column nobody holds yet take it, which is most of them.
//
// The other rows enter one after the other. For each, Dijkstra runs over reduced costs c - u - v, which are never negative,
// from the row through matched columns to the rows that hold them, until the cheapest end is certain: a column nobody
// holds, or a row that is cheaper left unmatched. The pairs along the path are exchanged, and the prices move by what the
// path fell short, so that they stay a proof of optimality for the rows so far. A row once left unmatched stays so: prices
// of columns only fall, that is, columns only become dearer.

const NONE = -1;
const NO_ROW: AssignmentRow = { penalty: 0, columns: [], costs: [] };

/**
 * Solves a sparse assignment problem to the optimum.
 *
 * @remarks
 * Minimises the costs of the pairs plus the penalties of the rows left over. The most pairs possible are certain when each
 * penalty exceeds the dearest cost times the number of rows; with a smaller penalty a row is left over where serving it
 * would cost the others more than that.
 *
 * The same problem gives the same solution, however its candidates are listed: rows are taken in their order, candidates by
 * cost, then column. Sums of integers are exact; with fractions the prices are right up to rounding. See `verifyDuals` for
 * the proof.
 * @throws `ASSERTION_FAILED` for a cost or penalty that is negative or not finite, or a column that does not exist.
 * @example
 * ```ts
 * const { columnOf } = assign({
 *   columns: 2,
 *   rows: [
 *     { penalty: 100, columns: [0, 1], costs: [1, 2] },
 *     { penalty: 100, columns: [0], costs: [1] },
 *   ],
 * }); // [1, 0]
 * ```
 */
export function assign(problem: AssignmentProblem): AssignmentSolution {
  return new Solver(problem).solve();
}

class Solver {
  /** Candidates by cost, then column. */
  readonly #rows: readonly AssignmentRow[];

  readonly #rowPrice: Float64Array;
  readonly #columnPrice: Float64Array;
  readonly #columnOf: Int32Array;
  readonly #rowOf: Int32Array;
  /** Cost of the pair. */
  readonly #costOf: Float64Array;

  /** Length of the shortest path found to a column in this search, and the candidate it arrives by. */
  readonly #distance: Float64Array;
  readonly #rowInto: Int32Array;
  readonly #costInto: Float64Array;
  readonly #reached: Int32Array;
  readonly #settled: Int32Array;
  readonly #heap: ColumnHeap;
  #reachedCount = 0;
  #settledCount = 0;
  /** The cheapest end so far: a free column, or a row to be left unmatched. */
  #best = Infinity;
  #endColumn = NONE;
  #endRow = NONE;

  constructor({ columns, rows }: AssignmentProblem) {
    assert(Number.isSafeInteger(columns) && columns >= 0, 'an assignment has a whole number of columns');
    this.#rows = rows.map((row) => inOrder(row, columns));
    this.#rowPrice = new Float64Array(rows.length);
    this.#columnPrice = new Float64Array(columns);
    this.#columnOf = new Int32Array(rows.length).fill(NONE);
    this.#rowOf = new Int32Array(columns).fill(NONE);
    this.#costOf = new Float64Array(rows.length);
    this.#distance = new Float64Array(columns).fill(Infinity);
    this.#rowInto = new Int32Array(columns);
    this.#costInto = new Float64Array(columns);
    this.#reached = new Int32Array(columns);
    this.#settled = new Int32Array(columns);
    this.#heap = new ColumnHeap(this.#distance);
  }

  /** Brings every row into the assignment. */
  solve(): AssignmentSolution {
    const rest: number[] = [];
    for (let row = 0; row < this.#rows.length; row += 1) if (!this.#takeFree(row)) rest.push(row);
    for (const row of rest) this.#add(row);
    return this.#solution();
  }

  /** Gives the row its cheapest column if nobody holds it: most rows need no more. A free column has no price. */
  #takeFree(row: number): boolean {
    const { penalty, columns, costs } = this.#rows[row] ?? NO_ROW;
    if (columns.length === 0) return false;
    const column = numberAt(columns, 0);
    const cost = numberAt(costs, 0);
    if (this.#rowOf[column] !== NONE || cost > penalty) return false;
    this.#pair(row, column, cost);
    this.#rowPrice[row] = cost;
    return true;
  }

  #pair(row: number, column: number, cost: number): void {
    this.#rowOf[column] = row;
    this.#columnOf[row] = column;
    this.#costOf[row] = cost;
  }

  #add(row: number): void {
    this.#best = this.#penaltyOf(row);
    this.#endColumn = NONE;
    this.#endRow = row;
    this.#scan(row, 0);
    while (!this.#heap.isEmpty) {
      const column = this.#heap.first;
      const distance = floatAt(this.#distance, column);
      if (distance >= this.#best) break;
      this.#heap.removeFirst();
      this.#settled[this.#settledCount] = column;
      this.#settledCount += 1;
      const holder = intAt(this.#rowOf, column);
      const without = distance + Math.max(0, this.#penaltyOf(holder) - floatAt(this.#rowPrice, holder));
      if (without < this.#best) {
        this.#best = without;
        this.#endColumn = NONE;
        this.#endRow = holder;
      }
      this.#scan(holder, distance);
    }
    this.#reprice(row);
    this.#exchange(row);
    this.#forget();
  }

  #penaltyOf(row: number): number {
    return this.#rows[row]?.penalty ?? NaN;
  }

  /** Extends the paths that end in `row`, which is `distance` away, by its candidates. */
  #scan(row: number, distance: number): void {
    const { columns, costs } = this.#rows[row] ?? NO_ROW;
    const prices = this.#columnPrice;
    const distances = this.#distance;
    const start = distance - floatAt(this.#rowPrice, row);
    for (let index = 0; index < columns.length; index += 1) {
      const cost = numberAt(costs, index);
      // candidates come by cost, and a price only adds to it
      if (start + cost > this.#best) return;
      const column = numberAt(columns, index);
      // with fractions a reduced cost may round below zero, and a path may not come out shorter than its beginning
      const length = Math.max(distance, start + cost - floatAt(prices, column));
      if (length <= this.#best && length < floatAt(distances, column)) this.#reach(column, row, cost, length);
    }
  }

  /** Notes a shorter path to a column. One that is not shorter than the best end matters only as an end itself. */
  #reach(column: number, row: number, cost: number, length: number): void {
    const isFree = this.#rowOf[column] === NONE;
    // a pair is preferred to a row left over at the same cost
    if (length === this.#best && !(isFree && this.#endColumn === NONE)) return;
    if (this.#distance[column] === Infinity) {
      this.#reached[this.#reachedCount] = column;
      this.#reachedCount += 1;
    }
    this.#distance[column] = length;
    this.#rowInto[column] = row;
    this.#costInto[column] = cost;
    if (isFree) {
      this.#best = length;
      this.#endColumn = column;
      this.#endRow = NONE;
    } else {
      this.#heap.raise(column);
    }
  }

  /** Moves the prices of everything nearer than the end, so that each candidate on the path is worth its cost. */
  #reprice(row: number): void {
    for (let index = 0; index < this.#settledCount; index += 1) {
      const column = intAt(this.#settled, index);
      const holder = intAt(this.#rowOf, column);
      const short = this.#best - floatAt(this.#distance, column);
      this.#columnPrice[column] = floatAt(this.#columnPrice, column) - short;
      this.#rowPrice[holder] = floatAt(this.#rowPrice, holder) + short;
    }
    this.#rowPrice[row] = this.#best;
  }

  /** Hands the columns along the cheapest path on, from its end back to `row`. */
  #exchange(row: number): void {
    let column = this.#endColumn;
    if (this.#endRow !== NONE) {
      column = intAt(this.#columnOf, this.#endRow);
      this.#columnOf[this.#endRow] = NONE;
      if (this.#endRow === row) return;
    }
    for (;;) {
      const taker = intAt(this.#rowInto, column);
      const given = intAt(this.#columnOf, taker);
      this.#pair(taker, column, floatAt(this.#costInto, column));
      if (taker === row) return;
      column = given;
    }
  }

  #forget(): void {
    for (let index = 0; index < this.#reachedCount; index += 1) this.#distance[intAt(this.#reached, index)] = Infinity;
    this.#reachedCount = 0;
    this.#settledCount = 0;
    this.#heap.clear();
  }

  #solution(): AssignmentSolution {
    const columnOf: (number | null)[] = [];
    let pairs = 0;
    let totalCost = 0;
    for (let row = 0; row < this.#rows.length; row += 1) {
      const column = intAt(this.#columnOf, row);
      const isPair = column !== NONE;
      columnOf.push(isPair ? column : null);
      pairs += isPair ? 1 : 0;
      totalCost += isPair ? floatAt(this.#costOf, row) : this.#penaltyOf(row);
    }
    return { columnOf, pairs, totalCost, rowPrices: this.#rowPrice, columnPrices: this.#columnPrice };
  }
}

/** The row with its candidates by cost, then column: an order that does not depend on who made the lists. */
function inOrder(row: AssignmentRow, count: number): AssignmentRow {
  const { penalty, columns, costs } = row;
  assert(penalty >= 0 && penalty < Infinity, 'a penalty is a finite number, zero or more');
  assert(columns.length === costs.length, 'each column of a row has a cost');
  // On most problems this loop reads more than the search: candidates that are in order need no other test of their costs.
  let isOrdered = true;
  let doExist = true;
  let lastCost = 0;
  let lastColumn = 0;
  for (let index = 0; index < columns.length; index += 1) {
    const column = numberAt(columns, index);
    const cost = numberAt(costs, index);
    if (!(cost >= lastCost) || (cost === lastCost && column < lastColumn)) isOrdered = false;
    if (column >>> 0 !== column || column >= count) doExist = false;
    lastCost = cost;
    lastColumn = column;
  }
  assert(doExist, 'a candidate names a column that exists');
  if (isOrdered && lastCost < Infinity) return row;
  assert(
    costs.every((cost) => cost >= 0 && cost < Infinity),
    'a cost is a finite number, zero or more',
  );
  const order = columns.map((column, index) => ({ column, cost: numberAt(costs, index) }));
  order.sort((a, b) => a.cost - b.cost || a.column - b.column);
  return { penalty, columns: order.map(({ column }) => column), costs: order.map(({ cost }) => cost) };
}
