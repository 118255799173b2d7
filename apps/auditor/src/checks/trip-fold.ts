import { isSameJson } from '../same.ts';
import type { HistoryEvent, TripFile } from '../trip-rows.ts';
import { statusAfter } from './trip-steps.ts';

type Facts = Readonly<Record<string, unknown>>;
type Columns = Record<string, unknown>;

/** The columns that the request fixes, and the members of its facts that they hold. */
const FACTS: Readonly<Record<string, string>> = {
  rider_id: 'riderId',
  quote_id: 'quoteId',
  zone: 'zone',
  pickup: 'pickup',
  destination: 'destination',
  stops: 'stops',
  vehicle_class: 'vehicleClass',
  distance_m: 'distanceM',
  duration_s: 'durationS',
  surge_basis_points: 'surgeBasisPoints',
  tariff_version: 'tariffVersion',
  policy_version: 'policyVersion',
  breakdown: 'breakdown',
  payment_method_id: 'paymentMethodId',
  requested_at: 'requestedAt',
  search_until: 'searchUntil',
  expires_by: 'expiresBy',
  request_trace: 'requestTrace',
};

/** The columns that each later event sets; a function where it is not a member of the event as it is. */
const SETS: Readonly<Partial<Record<string, Readonly<Record<string, string | ((data: Facts) => unknown)>>>>> = {
  accepted: {
    driver_id: 'driverId',
    offer_id: 'offerId',
    slot_epoch: 'slotEpoch',
    accepted_at: 'at',
    arrive_by: 'arriveBy',
    due_at: 'arriveBy',
  },
  arrived: { arrived_at: 'at', start_by: 'startBy', due_at: 'startBy' },
  started: { started_at: 'at', ride_by: 'rideBy', due_at: 'rideBy' },
  completed: {
    completed_at: 'at',
    lines: 'lines',
    total_amount: (data) => amountOf(data['total']),
    due_at: () => null,
  },
  cancelled: {
    cancelled_at: 'at',
    cancelled_from: 'from',
    cancelled_by: 'by',
    cancel_reason: 'reason',
    fee_amount: (data) => amountOf(data['fee']),
    due_at: () => null,
  },
  expired: { expired_at: 'at', due_at: () => null },
};

/** Columns that hold nothing until an event sets them. */
const EMPTY_AT_FIRST = [
  ...new Set(Object.values(SETS).flatMap((columns) => Object.keys(columns ?? {}))),
  'rider_rating',
  'driver_rating',
];

function amountOf(money: unknown): unknown {
  return (money as { readonly amount?: unknown } | null | undefined)?.amount ?? null;
}

function requested({ facts }: Facts): Columns {
  const given = (facts ?? {}) as Facts;
  const fare = given['fare'] as { readonly amount?: unknown; readonly currency?: unknown } | undefined;
  return {
    ...Object.fromEntries(EMPTY_AT_FIRST.map((column) => [column, null])),
    ...Object.fromEntries(Object.entries(FACTS).map(([column, member]) => [column, given[member] ?? null])),
    id: given['tripId'],
    fare_amount: fare?.amount,
    currency: fare?.currency,
    due_at: given['expiresBy'],
  };
}

function apply(columns: Columns, { data, type }: HistoryEvent): Columns {
  if (type === 'requested') return { ...columns, ...requested(data), changed_at: data['at'] };
  const next: Columns = { ...columns, changed_at: data['at'] };
  for (const [column, from] of Object.entries(SETS[type] ?? {})) {
    next[column] = typeof from === 'string' ? (data[from] ?? null) : from(data);
  }
  if (type === 'rated') next[data['by'] === 'rider' ? 'rider_rating' : 'driver_rating'] = data['rating'];
  return next;
}

/** The row that the events add up to. */
export function foldTrip(events: readonly HistoryEvent[]): Columns {
  const columns = events.reduce(apply, {});
  return { ...columns, version: events.length, status: statusAfter(events) };
}

function isSame(stored: unknown, folded: unknown): boolean {
  if (stored === folded) return true;
  if (stored instanceof Date) return typeof folded === 'string' && stored.getTime() === Date.parse(folded);
  return isSameJson(stored ?? null, folded ?? null);
}

/** Columns of the row that its events do not add up to. */
export function foldProblems({ events, row }: Pick<TripFile, 'events' | 'row'>): string[] {
  const folded = foldTrip(events);
  return Object.keys(folded)
    .filter((column) => !isSame(row[column], folded[column]))
    .map((column) => `its ${column} is ${show(row[column])}, its events say ${show(folded[column])}`);
}

function show(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
