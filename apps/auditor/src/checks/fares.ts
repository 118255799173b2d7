import { canonicalJson, isAppError } from '@rideshare/kernel';
import type { Money } from '@rideshare/kernel';
import type { Queryable } from '@rideshare/postgres';
import { cancellationFee, policyByVersion, quoteFare, sumLines, tariffByVersion } from '@rideshare/pricing';
import type { FareLine, VehicleClass } from '@rideshare/pricing';
import type { Check, Finding, Violation } from '../check.ts';

const BATCH_TRIPS = 2_000;
/** What a receipt may add to its quote; everything else is the quote. */
const ADDED_KINDS: ReadonlySet<string> = new Set(['wait', 'toll', 'tip', 'discount', 'tax', 'adjustment']);
const UNKNOWN_RULES: ReadonlySet<string> = new Set(['TARIFF_UNKNOWN', 'POLICY_UNKNOWN']);

/** The stored inputs of a fare, and what became of it. */
export interface FareRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly vehicle_class: VehicleClass;
  readonly distance_m: number;
  readonly duration_s: number;
  readonly surge_basis_points: number;
  readonly tariff_version: string;
  readonly policy_version: string;
  readonly currency: string;
  readonly fare_amount: number;
  readonly breakdown: readonly FareLine[];
  readonly lines: readonly FareLine[] | null;
  readonly total_amount: number | null;
  readonly accepted_at: Date | null;
  readonly arrived_at: Date | null;
  readonly cancelled_at: Date | null;
  readonly cancelled_from: 'requested' | 'accepted' | 'arrived' | 'in_progress' | null;
  readonly cancelled_by: 'rider' | 'driver' | 'system' | 'admin' | null;
  readonly cancel_reason: string | null;
  readonly fee_amount: number | null;
}

const show = ({ amount, currency }: Money) => `${String(amount)} ${currency}`;

function quoteProblems(row: FareRow): string[] {
  const tariff = tariffByVersion(row.tariff_version);
  const recomputed = quoteFare(tariff, {
    distanceM: row.distance_m,
    durationS: row.duration_s,
    vehicleClass: row.vehicle_class,
    surgeBasisPoints: row.surge_basis_points,
  });
  const stored = { amount: row.fare_amount, currency: row.currency };
  const problems: string[] = [];
  if (canonicalJson(recomputed.fare) !== canonicalJson(stored)) {
    problems.push(`its fare is ${show(stored)} and recomputes to ${show(recomputed.fare)}`);
  }
  if (canonicalJson(recomputed.breakdown) !== canonicalJson(row.breakdown)) {
    problems.push('its breakdown does not recompute from its inputs');
  }
  return problems;
}

function receiptProblems(row: FareRow): string[] {
  if (row.lines === null || row.total_amount === null) return [];
  const problems: string[] = [];
  const quoted = row.lines.slice(0, row.breakdown.length);
  const added = row.lines.slice(row.breakdown.length);
  if (canonicalJson(quoted) !== canonicalJson(row.breakdown))
    problems.push('its receipt does not begin with its quote');
  const unnamed = added.filter(({ kind }) => !ADDED_KINDS.has(kind));
  if (unnamed.length > 0) problems.push(`its receipt adds ${unnamed.map(({ kind }) => kind).join(', ')} to the quote`);
  const total = sumLines(row.lines, row.currency);
  if (total.amount !== row.total_amount) {
    problems.push(`its lines sum to ${show(total)}, its total is ${String(row.total_amount)}`);
  }
  return problems;
}

function feeProblems(row: FareRow): string[] {
  const { cancelled_at: at, cancelled_by: cancelledBy, cancelled_from: status, fee_amount: stored } = row;
  if (at === null || cancelledBy === null || status === null || stored === null) return [];
  const fee = cancellationFee(policyByVersion(row.policy_version), {
    cancelledBy,
    status,
    acceptedAt: row.accepted_at,
    arrivedAt: row.arrived_at,
    at,
    reason: row.cancel_reason ?? '',
  });
  return fee.amount === stored ? [] : [`its cancellation fee is ${String(stored)}, the policy says ${show(fee)}`];
}

/** A price by rules that nobody knows any more cannot be recomputed, which is a problem of that trip alone. */
function namingUnknownRules(find: (row: FareRow) => string[], row: FareRow): string[] {
  try {
    return find(row);
  } catch (error) {
    if (isAppError(error) && UNKNOWN_RULES.has(error.code)) return [error.message];
    throw error;
  }
}

/** What is wrong with one trip's money; empty when nothing is. */
export function fareProblems(row: FareRow): string[] {
  return [quoteProblems, receiptProblems, feeProblems].flatMap((find) => namingUnknownRules(find, row));
}

async function checkFares(tx: Queryable): Promise<Finding> {
  const violations: Violation[] = [];
  let checked = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await tx.query<FareRow>(
      `select id, version, status, vehicle_class, distance_m, duration_s, surge_basis_points, tariff_version, policy_version,
         currency, fare_amount, breakdown, lines, total_amount, accepted_at, arrived_at, cancelled_at, cancelled_from,
         cancelled_by, cancel_reason, fee_amount
       from trip.trips where id > $1 order by id limit $2`,
      [after, BATCH_TRIPS],
    );
    for (const row of rows) {
      for (const detail of fareProblems(row)) {
        violations.push({ subject: `trip ${row.id}`, detail, versions: String(row.version) });
      }
    }
    checked += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_TRIPS) return { checked, violations };
    after = last.id;
  }
}

/** Within the trip store: every price recomputes from what is stored with it. */
export const faresRecompute: Check = {
  name: 'fares-recompute',
  rule: 6,
  title: 'fares, receipts and fees recompute from their stored inputs, bit for bit',
  lookAt: 'trip.trips; the tariffs and policies in packages/pricing',
  scope: 'store',
  run: checkFares,
};
