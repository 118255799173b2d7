import type { Point } from '@rideshare/geo';
import { assert } from '@rideshare/kernel';
import type { AssignmentProblem } from './assignment.ts';
import type { Circle, DriverPool, NearbyDriver } from './driver-pool.ts';
import { defaultGateRules, isStale, personalGateOf } from './gates.ts';
import type { Gate, GateRules, PassedOver, RideRequest, Verdict } from './gates.ts';
import { wideningRadius } from './widening-radius.ts';

/** Who waits, who could come, and how far to look. */
export interface CandidateSearch {
  /** The time of the search, against which positions are old. */
  readonly at: Date;
  readonly requests: readonly RideRequest[];
  readonly drivers: DriverPool;
  /** Seconds by road from one point to another; not finite where there is no way. */
  readonly travelTimeS: (from: Point, to: Point) => number;
  /** How far to look. Default: `wideningRadius` of the request's age. */
  readonly radiusM?: (request: RideRequest) => number;
  /** How many drivers a request may have in the running. Default {@link DEFAULT_LIMIT}. */
  readonly limit?: number;
  readonly gates?: GateRules;
}

/** A driver in the running for a trip. */
export interface Candidate {
  readonly driverId: string;
  readonly distanceM: number;
  readonly etaS: number;
}

/** What the search found for one request. */
export interface CandidateRow {
  readonly request: RideRequest;
  /** Nearest first, by distance. */
  readonly candidates: readonly Candidate[];
  readonly limit: number;
  /** Whether the limit has cut drivers off, or may have. */
  readonly isCut: boolean;
  /** Every driver that was looked at and dropped. */
  readonly dropped: readonly Verdict[];
  /** How many others were as near, and could not have come. */
  readonly passedOver: readonly PassedOver[];
}

/** What the search found for all requests. */
export interface Candidates {
  readonly rows: readonly CandidateRow[];
  /** The drivers dropped, of all rows. */
  readonly verdicts: readonly Verdict[];
  readonly passedOver: readonly PassedOver[];
}

/** Enough that a crowd of requests finds other drivers, few enough that a batch is solved in milliseconds. */
export const DEFAULT_LIMIT = 20;
// Drivers this much farther than the radius are looked at too, so that a near miss is on record as `too_far`.
const NEAR_MISS = 1.25;

// Four times the most candidates that a plan asks for: whoever is looked at could come, but for those who declined and
// those to whom there is no way, so only a search that nobody could serve gets so far.
const LOOKED_AT_MAX = 640;
// That everybody is busy is the answer to why nobody came; whether it were a hundred or a thousand is not.
const CROWD_COUNTED_MAX = 100;

/**
 * Finds the drivers that each request may be given, and says why not the others.
 *
 * @remarks Looks from the nearest driver on, to a quarter beyond the radius, and stops once the limit is reached. Who is
 * busy, of an unknown place or of another class is passed over and counted; everybody else has a verdict. A driver in
 * neither was beyond all that are: farther than the limit needed, or than the radius.
 * @throws `ASSERTION_FAILED` when the limit is no positive integer.
 */
export function collectCandidates(search: CandidateSearch): Candidates {
  const rows = search.requests.map((request) => collectRow(search, request, search.limit ?? DEFAULT_LIMIT));
  return {
    rows,
    verdicts: rows.flatMap(({ dropped }) => dropped),
    passedOver: rows.flatMap(({ passedOver }) => passedOver),
  };
}

/** {@link collectCandidates} for one request. */
export function collectRow(search: CandidateSearch, request: RideRequest, limit: number): CandidateRow {
  assert(Number.isSafeInteger(limit) && limit > 0, 'a request may have a positive number of candidates');
  const radiusM = search.radiusM?.(request) ?? wideningRadius(request.ageS);
  const lookMax = Math.max(2 * limit, LOOKED_AT_MAX);
  const candidates: Candidate[] = [];
  const dropped: Verdict[] = [];
  let seen = 0;
  for (let look = 2 * limit; ; look = Math.min(4 * look, lookMax)) {
    const { nearby, passedOver } = lookAround(search, request, { radiusM: radiusM * NEAR_MISS, limit: look });
    for (const near of nearby.slice(seen)) {
      const place = { driverId: near.driver.driverId, distanceM: near.distanceM };
      const outcome = judge(search, request, near, radiusM, candidates.length >= limit);
      if (typeof outcome === 'number') candidates.push({ ...place, etaS: outcome });
      else dropped.push({ tripId: request.tripId, ...place, etaS: null, verdict: 'dropped', gate: outcome });
    }
    seen = nearby.length;
    const isComplete = seen < look || (nearby.at(-1)?.distanceM ?? 0) > radiusM;
    if (isComplete || candidates.length >= limit || look === lookMax) {
      const isCut = !isComplete || dropped.some(({ gate }) => gate === 'over_limit');
      return { request, candidates, limit, isCut, dropped, passedOver };
    }
  }
}

/** The nearest drivers that could come, and how many of those in between could not. */
function lookAround(
  search: CandidateSearch,
  request: RideRequest,
  circle: Circle,
): { readonly nearby: readonly NearbyDriver[]; readonly passedOver: readonly PassedOver[] } {
  const { drivers, at, gates: rules = defaultGateRules } = search;
  const { tripId, pickup, vehicleClass } = request;
  const serves = (driven: string): boolean => rules.serves(driven, vehicleClass);
  const staleM: number[] = [];
  const nearby = drivers.around(pickup, {
    ...circle,
    serves,
    accept: ({ driver, distanceM }) => {
      const isPassedOver = isStale(driver, at, rules);
      if (isPassedOver) staleM.push(distanceM);
      return !isPassedOver;
    },
  });
  // the index meets drivers in no order: of those beyond the last one found, it has met some and not others
  const reachM = nearby.length < circle.limit ? circle.radiusM : (nearby.at(-1)?.distanceM ?? 0);
  const crowd = { radiusM: reachM, limit: CROWD_COUNTED_MAX };
  const counts: readonly PassedOver[] = [
    { tripId, gate: 'not_available', drivers: drivers.countBusy(pickup, crowd) },
    { tripId, gate: 'stale_position', drivers: staleM.filter((distanceM) => distanceM <= reachM).length },
    { tripId, gate: 'wrong_vehicle_class', drivers: drivers.countUnfit(pickup, { ...crowd, serves }) },
  ];
  return { nearby, passedOver: counts.filter((passed) => passed.drivers > 0) };
}

/** The gate that stops this driver, or else the seconds to the pickup. */
function judge(
  search: CandidateSearch,
  request: RideRequest,
  { driver, distanceM }: NearbyDriver,
  radiusM: number,
  isFull: boolean,
): Gate | number {
  const gate = personalGateOf(driver, request);
  if (gate) return gate;
  if (distanceM > radiusM) return 'too_far';
  if (isFull) return 'over_limit';
  const etaS = search.travelTimeS(driver.position, request.pickup);
  return Number.isFinite(etaS) && etaS >= 0 ? etaS : 'too_far';
}

/** What leaving a request unmatched for now costs, in seconds of driving. */
export type PenaltyS = (request: RideRequest) => number;

/**
 * One hour, and one minute more for each second waited.
 *
 * @remarks An hour is longer than a drive to any pickup within the radius, so a request is left over only where serving it
 * would make the others wait an hour longer together; of two, the one who came later.
 */
export const defaultPenaltyS: PenaltyS = ({ ageS }) => 3_600 + 60 * Math.max(0, ageS);

/** Candidates as an assignment problem: rows are the requests in their order, columns the drivers of {@link driverIds}. */
export interface CandidateProblem {
  readonly problem: AssignmentProblem;
  readonly driverIds: readonly string[];
}

/** Turns candidates into an assignment problem in whole milliseconds, which are added exactly. */
export function toProblem(rows: readonly CandidateRow[], penaltyS: PenaltyS = defaultPenaltyS): CandidateProblem {
  const columns = new Map<string, number>();
  const columnOf = (driverId: string): number => {
    const known = columns.get(driverId) ?? columns.size;
    columns.set(driverId, known);
    return known;
  };
  const problemRows = rows.map(({ request, candidates }) => ({
    penalty: milliseconds(penaltyS(request)),
    columns: candidates.map(({ driverId }) => columnOf(driverId)),
    costs: candidates.map(({ etaS }) => milliseconds(etaS)),
  }));
  return { problem: { columns: columns.size, rows: problemRows }, driverIds: [...columns.keys()] };
}

/** Whole milliseconds: the unit of costs. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
}
