import { isAppError } from '@rideshare/kernel';
import type { Money } from '@rideshare/kernel';
import {
  cancellationFee,
  NO_SURGE_BASIS_POINTS,
  policyByVersion,
  quoteFare,
  sumLines,
  tariffByVersion,
} from '@rideshare/pricing';
import type { FareLine } from '@rideshare/pricing';
import { isSameJson } from '../same.ts';
import type { Moment, TripFile, TripRow } from '../trip-rows.ts';

/** What a receipt may add to its quote; everything else is the quote. */
const ADDED_KINDS: ReadonlySet<string> = new Set(['wait', 'toll', 'tip', 'discount', 'tax', 'adjustment']);

const show = ({ amount, currency }: Money) => `${String(amount)} ${currency}`;

function quoteProblems(row: TripRow): string[] {
  const tariff = tariffByVersion(row.tariff_version);
  const recomputed = quoteFare(tariff, {
    distanceM: row.distance_m,
    durationS: row.duration_s,
    vehicleClass: row.vehicle_class,
    surgeBasisPoints: row.surge_basis_points,
  });
  const stored = { amount: row.fare_amount, currency: row.currency };
  const problems: string[] = [];
  if (!isSameJson(recomputed.fare, stored)) {
    problems.push(`its fare is ${show(stored)} and recomputes to ${show(recomputed.fare)}`);
  }
  if (!isSameJson(recomputed.breakdown, row.breakdown)) {
    problems.push('its breakdown does not recompute from its inputs');
  }
  return problems;
}

function receiptProblems(row: TripRow): string[] {
  if (row.lines === null || row.total_amount === null) return [];
  const problems: string[] = [];
  const quoted = row.lines.slice(0, row.breakdown.length);
  const added = row.lines.slice(row.breakdown.length);
  if (!isSameJson(quoted, row.breakdown)) problems.push('its receipt does not begin with its quote');
  const unnamed = added.filter(({ kind }) => !ADDED_KINDS.has(kind));
  if (unnamed.length > 0) problems.push(`its receipt adds ${unnamed.map(({ kind }) => kind).join(', ')} to the quote`);
  const total = sumLines(row.lines, row.currency);
  if (total.amount !== row.total_amount) {
    problems.push(`its lines sum to ${show(total)}, its total is ${String(row.total_amount)}`);
  }
  return problems;
}

const dateOf = (moment: Moment | null) => (moment === null ? null : new Date(moment));

function feeOf(row: TripRow): string[] {
  const { cancelled_at: at, cancelled_by: cancelledBy, cancelled_from: status, fee_amount: stored } = row;
  if (at === null || cancelledBy === null || status === null || stored === null) return [];
  const fee = cancellationFee(policyByVersion(row.policy_version), {
    cancelledBy,
    status,
    acceptedAt: dateOf(row.accepted_at),
    arrivedAt: dateOf(row.arrived_at),
    at: new Date(at),
    reason: row.cancel_reason ?? '',
  });
  return fee.amount === stored ? [] : [`its cancellation fee is ${String(stored)}, the policy says ${show(fee)}`];
}

/** A price that cannot be recomputed, as by rules that nobody knows any more, is a problem of that trip alone. */
export function namingUnknownRules<Row>(find: (row: Row) => string[], row: Row): string[] {
  try {
    return find(row);
  } catch (error) {
    if (isAppError(error)) return [error.message];
    throw error;
  }
}

/** Fares that do not recompute from their stored inputs, and receipts that add more than named lines to them. */
export function fareProblems({ quote, row }: Pick<TripFile, 'quote' | 'row'>): string[] {
  return [
    ...namingUnknownRules(quoteProblems, row),
    ...namingUnknownRules(receiptProblems, row),
    ...copyProblems(quote, row),
  ];
}

/** What a trip copied of its quote is what the quote says; the quote itself is kept for some days only. */
function copyProblems(quote: TripFile['quote'], row: TripRow): string[] {
  if (!quote) return [];
  const copied = { distanceM: row.distance_m, durationS: row.duration_s, tariffVersion: row.tariff_version };
  return Object.entries(copied)
    .filter(([name, value]) => quote[name as keyof typeof copied] !== value)
    .map(
      ([name, value]) =>
        `its ${name} is ${String(value)}, its quote says ${String(quote[name as keyof typeof copied])}`,
    );
}

/** Fees that the policy of the trip does not charge. */
export function feeProblems({ row }: Pick<TripFile, 'row'>): string[] {
  return namingUnknownRules(feeOf, row);
}

const surgeIn = (lines: readonly FareLine[]) =>
  lines.filter(({ kind }) => kind === 'surge').reduce((sum, { amount }) => sum + amount.amount, 0);

/** A surge that is not the one which the rider was quoted and accepted. */
export function surgeProblems({ quote, row }: Pick<TripFile, 'quote' | 'row'>): string[] {
  const problems: string[] = [];
  const { breakdown, lines, surge_basis_points: surge } = row;
  if (quote && quote.surgeBasisPoints !== surge) {
    problems.push(`its surge is ${String(surge)} basis points, its quote said ${String(quote.surgeBasisPoints)}`);
  }
  if (lines && surgeIn(lines) !== surgeIn(breakdown)) {
    problems.push(`surge charged ${String(surgeIn(lines))}, surge accepted ${String(surgeIn(breakdown))}`);
  }
  if (surge === NO_SURGE_BASIS_POINTS && surgeIn(breakdown) !== 0) problems.push('it has a surge line and no surge');
  return problems;
}
