import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import munkres from 'munkres';
import { assign } from './assign.ts';
import type { AssignmentProblem } from './assignment.ts';
import { verifyDuals } from './verify-duals.ts';

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly candidates: number;
  readonly cost: fc.Arbitrary<number>;
  readonly penalty: fc.Arbitrary<number>;
}

function problems({ rows, columns, candidates, cost, penalty }: Shape): fc.Arbitrary<AssignmentProblem> {
  return fc.integer({ min: 0, max: columns }).chain((count) => {
    const candidate = fc.record({ column: fc.nat({ max: Math.max(0, count - 1) }), cost });
    const lists = fc.array(candidate, { maxLength: count === 0 ? 0 : candidates }).map((list) => ({
      columns: list.map(({ column }) => column),
      costs: list.map((entry) => entry.cost),
    }));
    const row = fc.tuple(penalty, lists).map(([unmatched, choices]) => ({ penalty: unmatched, ...choices }));
    return fc.array(row, { maxLength: rows }).map((list) => ({ columns: count, rows: list }));
  });
}

const whole = { cost: fc.nat({ max: 20 }), penalty: fc.nat({ max: 25 }) };

/** The least cost by trying everything, and the most pairs among the plans of that cost. */
function bruteForce({ rows }: AssignmentProblem): { cost: number; pairs: number } {
  const taken = new Set<number>();
  const best = (index: number): { cost: number; pairs: number } => {
    const row = rows[index];
    if (!row) return { cost: 0, pairs: 0 };
    const rest = best(index + 1);
    let least = { cost: rest.cost + row.penalty, pairs: rest.pairs };
    for (const [choice, column] of row.columns.entries()) {
      const cost = row.costs[choice] ?? NaN;
      if (taken.has(column)) continue;
      taken.add(column);
      const after = best(index + 1);
      taken.delete(column);
      const total = { cost: after.cost + cost, pairs: after.pairs + 1 };
      if (total.cost < least.cost || (total.cost === least.cost && total.pairs > least.pairs)) least = total;
    }
    return least;
  };
  return best(0);
}

/** The same problem as a full matrix: a column of its own for each row to stay unmatched in, and a prohibitive rest. */
function matrixOf({ rows, columns }: AssignmentProblem): number[][] {
  const never = 1e9;
  return rows.map((row, index) => {
    const costs = Array.from({ length: columns + rows.length }, () => never);
    costs[columns + index] = row.penalty;
    for (const [choice, column] of row.columns.entries()) {
      costs[column] = Math.min(costs[column] ?? never, row.costs[choice] ?? never);
    }
    return costs;
  });
}

describe('assign', () => {
  test('on small problems, costs what trying everything costs, and proves it', () => {
    fc.assert(
      fc.property(problems({ rows: 5, columns: 4, candidates: 5, ...whole }), (problem) => {
        const solution = assign(problem);
        expect(solution.totalCost).toBe(bruteForce(problem).cost);
        expect(verifyDuals(problem, solution)).toStrictEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('with penalties above what any exchange can cost, finds the most pairs', () => {
    const penalty = fc.constant(20 * 5 + 1);
    fc.assert(
      fc.property(problems({ rows: 5, columns: 5, candidates: 4, cost: whole.cost, penalty }), (problem) => {
        const { pairs, totalCost } = assign(problem);
        expect({ cost: totalCost, pairs }).toStrictEqual(bruteForce(problem));
      }),
      { numRuns: 300 },
    );
  });

  test('on dense random matrices, equals munkres', () => {
    const square = fc.integer({ min: 1, max: 30 }).chain((rows) =>
      fc.integer({ min: rows, max: 40 }).chain((columns) =>
        fc.array(fc.array(fc.nat({ max: 1_000 }), { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      ),
    );
    fc.assert(
      fc.property(square, (matrix) => {
        const problem = {
          columns: matrix[0]?.length ?? 0,
          rows: matrix.map((costs) => ({
            penalty: 1_000_000,
            columns: costs.map((_cost, column) => column),
            costs,
          })),
        };
        const solution = assign(problem);
        const expected = munkres(matrix).reduce((sum, [row, column]) => sum + (matrix[row]?.[column] ?? NaN), 0);
        expect(solution).toMatchObject({ totalCost: expected, pairs: matrix.length });
        expect(verifyDuals(problem, solution)).toStrictEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('on sparse random problems, equals munkres on the full matrix', () => {
    const shape = { rows: 40, columns: 40, candidates: 6, cost: fc.nat({ max: 500 }), penalty: fc.nat({ max: 700 }) };
    fc.assert(
      fc.property(problems(shape), (problem) => {
        fc.pre(problem.rows.length > 0);
        const matrix = matrixOf(problem);
        const expected = munkres(matrix).reduce((sum, [row, column]) => sum + (matrix[row]?.[column] ?? NaN), 0);
        const solution = assign(problem);
        expect(solution.totalCost).toBe(expected);
        expect(verifyDuals(problem, solution)).toStrictEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('with fractions for costs, is proven to rounding', () => {
    const cost = fc.double({ min: 0, max: 3_600, noNaN: true });
    fc.assert(
      fc.property(problems({ rows: 40, columns: 40, candidates: 8, cost, penalty: cost }), (problem) => {
        expect(verifyDuals(problem, assign(problem))).toStrictEqual([]);
      }),
    );
  });

  test('however its candidates are listed, gives the same solution', () => {
    const shape = { rows: 20, columns: 15, candidates: 6, cost: fc.nat({ max: 3 }), penalty: fc.nat({ max: 5 }) };
    fc.assert(
      fc.property(problems(shape), (problem) => {
        const reversed = {
          ...problem,
          rows: problem.rows.map(({ penalty, columns, costs }) => ({
            penalty,
            columns: columns.toReversed(),
            costs: costs.toReversed(),
          })),
        };
        expect(assign(reversed)).toStrictEqual(assign(problem));
      }),
    );
  });

  test('where a later row needs the column of an earlier one, moves the earlier on', () => {
    const penalty = 100;
    expect(
      assign({
        columns: 3,
        rows: [
          {
            penalty,
            columns: [0, 1],
            costs: [1, 2],
          },
          {
            penalty,
            columns: [0, 2],
            costs: [1, 9],
          },
          { penalty, columns: [1], costs: [1] },
        ],
      }),
    ).toMatchObject({ columnOf: [0, 2, 1], pairs: 3, totalCost: 11 });
  });

  test('where a column is worth more to a later row, leaves the earlier one over', () => {
    expect(
      assign({
        columns: 1,
        rows: [
          { penalty: 10, columns: [0], costs: [5] },
          { penalty: 50, columns: [0], costs: [5] },
        ],
      }),
    ).toStrictEqual({
      columnOf: [null, 0],
      pairs: 1,
      totalCost: 15,
      rowPrices: Float64Array.of(10, 10),
      columnPrices: Float64Array.of(-5),
    });
  });

  test('where a pair costs as much as none, prefers the pair', () => {
    expect(assign({ columns: 1, rows: [{ penalty: 5, columns: [0], costs: [5] }] }).pairs).toBe(1);
  });

  test('without rows or without columns, has nothing to do', () => {
    expect(assign({ columns: 2, rows: [] })).toMatchObject({
      columnOf: [],
      totalCost: 0,
      columnPrices: Float64Array.of(0, 0),
    });
    expect(assign({ columns: 0, rows: [{ penalty: 3, columns: [], costs: [] }] })).toMatchObject({
      columnOf: [null],
      totalCost: 3,
    });
  });

  test.each([
    ['a negative cost', { columns: 1, rows: [{ penalty: 1, columns: [0], costs: [-1] }] }],
    ['an endless cost', { columns: 1, rows: [{ penalty: 1, columns: [0], costs: [Infinity] }] }],
    ['a penalty that is no number', { columns: 1, rows: [{ penalty: NaN, columns: [], costs: [] }] }],
    ['a column that does not exist', { columns: 1, rows: [{ penalty: 1, columns: [1], costs: [1] }] }],
    ['half a column', { columns: 0.5, rows: [] }],
    ['a column without a cost', { columns: 1, rows: [{ penalty: 1, columns: [0], costs: [] }] }],
    ['a cost that is no number', { columns: 1, rows: [{ penalty: 1, columns: [0], costs: [NaN] }] }],
  ])('given %s, refuses', (_what, problem) => {
    expect(() => assign(problem)).toThrow(expect.objectContaining({ code: 'ASSERTION_FAILED' }));
  });
});
