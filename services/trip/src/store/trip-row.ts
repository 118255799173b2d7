import { assert, money } from '@rideshare/kernel';
import { deadlineOf } from '../domain/trip.ts';
import type { Assignment, CancelledTrip, TripFacts, TripState } from '../domain/trip.ts';

/** The columns of `trips`, as they are read. */
export interface TripRow {
  readonly id: string;
  readonly version: number;
  readonly status: TripState['status'];
  readonly changed_at: Date;
  readonly rider_id: string;
  readonly quote_id: string;
  readonly zone: string;
  readonly pickup: TripFacts['pickup'];
  readonly destination: TripFacts['destination'];
  readonly stops: TripFacts['stops'];
  readonly vehicle_class: TripFacts['vehicleClass'];
  readonly distance_m: number;
  readonly duration_s: number;
  readonly surge_basis_points: number;
  readonly tariff_version: string;
  readonly policy_version: string;
  readonly currency: string;
  readonly fare_amount: number;
  readonly breakdown: TripFacts['breakdown'];
  readonly payment_method_id: string | null;
  readonly requested_at: Date;
  readonly search_until: Date;
  readonly expires_by: Date;
  readonly request_trace: string | null;
  readonly driver_id: string | null;
  readonly offer_id: string | null;
  readonly slot_epoch: number | null;
  readonly accepted_at: Date | null;
  readonly arrive_by: Date | null;
  readonly arrived_at: Date | null;
  readonly start_by: Date | null;
  readonly started_at: Date | null;
  readonly ride_by: Date | null;
  readonly completed_at: Date | null;
  readonly lines: TripFacts['breakdown'] | null;
  readonly total_amount: number | null;
  readonly rider_rating: Rated | null;
  readonly driver_rating: Rated | null;
  readonly cancelled_at: Date | null;
  readonly cancelled_from: CancelledTrip['from'] | null;
  readonly cancelled_by: CancelledTrip['cancelledBy'] | null;
  readonly cancel_reason: string | null;
  readonly fee_amount: number | null;
  readonly expired_at: Date | null;
}

type Rated = NonNullable<Extract<TripState, { status: 'completed' }>['ratings']['rider']>;
type Text = string | null;

/** A row of `trips` as JSON, for `jsonb_populate_record`: every column, timestamps as text. */
export type WrittenTripRow = {
  readonly [Column in keyof TripRow]: TripRow[Column] extends Date
    ? string
    : TripRow[Column] extends Date | null
      ? Text
      : TripRow[Column];
} & { readonly due_at: Text };

/** The columns that {@link tripFromRow} reads, in the order of the table. */
export const TRIP_COLUMNS = `id, version, status, changed_at, rider_id, quote_id, zone, pickup, destination, stops,
  vehicle_class, distance_m, duration_s, surge_basis_points, tariff_version, policy_version, currency, fare_amount,
  breakdown, payment_method_id, requested_at, search_until, expires_by, request_trace, driver_id, offer_id, slot_epoch,
  accepted_at, arrive_by, arrived_at, start_by, started_at, ride_by, completed_at, lines, total_amount, rider_rating,
  driver_rating, cancelled_at, cancelled_from, cancelled_by, cancel_reason, fee_amount, expired_at`;

/** The row of a trip. */
export function rowOfTrip(state: TripState): WrittenTripRow {
  const { facts } = state;
  const assignment = 'assignment' in state ? state.assignment : null;
  const arrival = state.status === 'cancelled' ? state.arrival : 'arrivedAt' in state ? state : null;
  const departure = state.status === 'cancelled' ? state.departure : 'startedAt' in state ? state : null;
  const completed = state.status === 'completed' ? state : null;
  const cancelled = state.status === 'cancelled' ? state : null;
  return {
    id: facts.tripId,
    version: state.version,
    status: state.status,
    changed_at: state.changedAt,
    rider_id: facts.riderId,
    quote_id: facts.quoteId,
    zone: facts.zone,
    pickup: facts.pickup,
    destination: facts.destination,
    stops: facts.stops,
    vehicle_class: facts.vehicleClass,
    distance_m: facts.distanceM,
    duration_s: facts.durationS,
    surge_basis_points: facts.surgeBasisPoints,
    tariff_version: facts.tariffVersion,
    policy_version: facts.policyVersion,
    currency: facts.fare.currency,
    fare_amount: facts.fare.amount,
    breakdown: facts.breakdown,
    payment_method_id: facts.paymentMethodId,
    requested_at: facts.requestedAt,
    search_until: facts.searchUntil,
    expires_by: facts.expiresBy,
    request_trace: facts.requestTrace,
    driver_id: assignment?.driverId ?? null,
    offer_id: assignment?.offerId ?? null,
    slot_epoch: assignment?.slotEpoch ?? null,
    accepted_at: assignment?.acceptedAt ?? null,
    arrive_by: assignment?.arriveBy ?? null,
    arrived_at: arrival?.arrivedAt ?? null,
    start_by: arrival?.startBy ?? null,
    started_at: departure?.startedAt ?? null,
    ride_by: departure?.rideBy ?? null,
    completed_at: completed?.completedAt ?? null,
    lines: completed?.lines ?? null,
    total_amount: completed?.total.amount ?? null,
    rider_rating: completed?.ratings.rider ?? null,
    driver_rating: completed?.ratings.driver ?? null,
    cancelled_at: cancelled?.cancelledAt ?? null,
    cancelled_from: cancelled?.from ?? null,
    cancelled_by: cancelled?.cancelledBy ?? null,
    cancel_reason: cancelled?.reason ?? null,
    fee_amount: cancelled?.fee.amount ?? null,
    expired_at: state.status === 'expired' ? state.expiredAt : null,
    due_at: deadlineOf(state),
  };
}

/**
 * The trip of a row.
 *
 * @throws `ASSERTION_FAILED` when the row lacks what its status demands.
 */
export function tripFromRow(row: TripRow): TripState {
  const { version } = row;
  const common = { facts: factsOf(row), version, changedAt: row.changed_at.toISOString() };
  switch (row.status) {
    case 'requested':
      return { ...common, status: 'requested' };
    case 'accepted':
      return { ...common, status: 'accepted', assignment: present(assignmentOf(row)) };
    case 'arrived':
      return { ...common, status: 'arrived', assignment: present(assignmentOf(row)), ...present(arrivalOf(row)) };
    case 'in_progress':
      return { ...common, status: 'in_progress', ...ridden(row) };
    case 'completed':
      return {
        ...common,
        status: 'completed',
        ...ridden(row),
        completedAt: present(row.completed_at).toISOString(),
        lines: present(row.lines),
        total: money(present(row.total_amount), row.currency),
        ratings: {
          ...(row.rider_rating && { rider: row.rider_rating }),
          ...(row.driver_rating && { driver: row.driver_rating }),
        },
      };
    case 'cancelled':
      return {
        ...common,
        status: 'cancelled',
        from: present(row.cancelled_from),
        assignment: assignmentOf(row),
        arrival: arrivalOf(row),
        departure: departureOf(row),
        cancelledAt: present(row.cancelled_at).toISOString(),
        cancelledBy: present(row.cancelled_by),
        reason: present(row.cancel_reason),
        fee: money(present(row.fee_amount), row.currency),
      };
    case 'expired':
      return { ...common, status: 'expired', expiredAt: present(row.expired_at).toISOString() };
  }
}

function factsOf(row: TripRow): TripFacts {
  return {
    tripId: row.id,
    riderId: row.rider_id,
    quoteId: row.quote_id,
    zone: row.zone,
    pickup: row.pickup,
    destination: row.destination,
    stops: row.stops,
    vehicleClass: row.vehicle_class,
    distanceM: row.distance_m,
    durationS: row.duration_s,
    surgeBasisPoints: row.surge_basis_points,
    tariffVersion: row.tariff_version,
    policyVersion: row.policy_version,
    fare: money(row.fare_amount, row.currency),
    breakdown: row.breakdown,
    paymentMethodId: row.payment_method_id,
    requestedAt: row.requested_at.toISOString(),
    searchUntil: row.search_until.toISOString(),
    expiresBy: row.expires_by.toISOString(),
    requestTrace: row.request_trace,
  };
}

function assignmentOf(row: TripRow): Assignment | null {
  if (row.driver_id === null) return null;
  return {
    driverId: row.driver_id,
    offerId: present(row.offer_id),
    slotEpoch: present(row.slot_epoch),
    acceptedAt: present(row.accepted_at).toISOString(),
    arriveBy: present(row.arrive_by).toISOString(),
  };
}

function arrivalOf(row: TripRow): CancelledTrip['arrival'] {
  if (row.arrived_at === null) return null;
  return { arrivedAt: row.arrived_at.toISOString(), startBy: present(row.start_by).toISOString() };
}

function departureOf(row: TripRow): CancelledTrip['departure'] {
  if (row.started_at === null) return null;
  return { startedAt: row.started_at.toISOString(), rideBy: present(row.ride_by).toISOString() };
}

function ridden(row: TripRow) {
  return { assignment: present(assignmentOf(row)), ...present(arrivalOf(row)), ...present(departureOf(row)) };
}

function present<Value>(value: Value | null): Value {
  assert(value !== null, 'a trip row lacks what its status demands');
  return value;
}
