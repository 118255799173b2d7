import { assign } from './assign.ts';
import type { AssignmentSolution } from './assignment.ts';
import {
  collectRow,
  DEFAULT_LIMIT,
  milliseconds,
  toProblem,
  type CandidateRow,
  type CandidateSearch,
  type PenaltyS,
} from './collect-candidates.ts';
import { gates, type Gate, type PassedOver, type Verdict } from './gates.ts';

/** A search for the best plan for all requests at once. */
export interface BatchSearch extends CandidateSearch {
  /** How many candidates a request may grow to when the limit would cost the plan. Default 160. */
  readonly limitMax?: number;
  readonly penaltyS?: PenaltyS;
}

/** A driver chosen for a trip. */
export interface Match {
  readonly tripId: string;
  readonly driverId: string;
  readonly distanceM: number;
  readonly etaS: number;
}

/** A plan, and what became of every driver that was looked at. */
export interface Batch {
  /** In the order of the requests. */
  readonly matches: readonly Match[];
  /** Trips without a driver, in the order of the requests. */
  readonly unmatched: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly passedOver: readonly PassedOver[];
  /** How many drivers each gate has stopped, judged or passed over. */
  readonly droppedByGate: Readonly<Record<Gate, number>>;
  /**
   * Whether the plan is proven the best one over all drivers within the radii, not only over those that the limit left.
   * The proof takes it that a driver farther away by great circle is no sooner there by road.
   */
  readonly isCertified: boolean;
}

const DEFAULT_LIMIT_MAX = 160;
// Each round doubles the candidates of the rows that need it, so four take twenty to the most; two more are for rows that
// come to need it late. A batch that is not proven by then is still the best plan over the candidates it has.
const ROUNDS = 6;

/**
 * Finds the plan that costs all waiting riders together the least.
 *
 * @remarks A limit on candidates is harmless while drivers abound and costs dearly when they are scarce. The prices of the
 * solution tell: where a request pays no more than its dearest candidate costs, nobody farther away could improve the plan.
 * Requests that pay more get twice the candidates, and the batch is solved again.
 *
 * Pure, and in the order of the requests: the same search gives the same plan.
 */
export function matchBatch(search: BatchSearch): Batch {
  const limit = search.limit ?? DEFAULT_LIMIT;
  const limitMax = search.limitMax ?? DEFAULT_LIMIT_MAX;
  let rows = search.requests.map((request) => collectRow(search, request, limit));
  for (let round = 1; ; round += 1) {
    const { problem, driverIds } = toProblem(rows, search.penaltyS);
    const solution = assign(problem);
    const starved = starvedRows(rows, solution);
    const growing = new Set(starved.filter((row) => row.limit < limitMax));
    if (growing.size === 0 || round === ROUNDS) return conclude(rows, solution, driverIds, starved.length === 0);
    rows = rows.map((row) =>
      growing.has(row) ? collectRow(search, row.request, Math.min(limitMax, 2 * row.limit)) : row,
    );
  }
}

/** The rows whose price leaves room for a driver that the limit has cut off. */
function starvedRows(rows: readonly CandidateRow[], solution: AssignmentSolution): CandidateRow[] {
  return rows.filter(({ candidates, isCut }, index) => {
    if (!isCut) return false;
    const dearestMs = candidates.reduce((dearest, { etaS }) => Math.max(dearest, milliseconds(etaS)), 0);
    return (solution.rowPrices[index] ?? Infinity) > dearestMs;
  });
}

function conclude(
  rows: readonly CandidateRow[],
  solution: AssignmentSolution,
  driverIds: readonly string[],
  isCertified: boolean,
): Batch {
  const matches: Match[] = [];
  const unmatched: string[] = [];
  const verdicts: Verdict[] = [];
  for (const [index, { request, candidates, dropped }] of rows.entries()) {
    const { tripId } = request;
    const column = solution.columnOf[index] ?? null;
    const chosen = column === null ? undefined : driverIds[column];
    if (chosen === undefined) unmatched.push(tripId);
    for (const candidate of candidates) {
      if (candidate.driverId === chosen) {
        matches.push({ tripId, ...candidate });
        verdicts.push({ tripId, ...candidate, verdict: 'assigned', gate: null });
      } else {
        verdicts.push({ tripId, ...candidate, verdict: 'dropped', gate: 'lost_assignment' });
      }
    }
    for (const verdict of dropped) verdicts.push(verdict);
  }
  const passedOver = rows.flatMap((row) => row.passedOver);
  return { matches, unmatched, verdicts, passedOver, droppedByGate: countGates(verdicts, passedOver), isCertified };
}

/** How many drivers each gate has stopped. */
export function countGates(verdicts: readonly Verdict[], passedOver: readonly PassedOver[]): Record<Gate, number> {
  const counts = Object.fromEntries(gates.map((gate) => [gate, 0])) as Record<Gate, number>;
  for (const { gate } of verdicts) if (gate) counts[gate] += 1;
  for (const { gate, drivers } of passedOver) counts[gate] += drivers;
  return counts;
}
