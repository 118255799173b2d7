import { currentPolicy, currentTariff, NO_SURGE_BASIS_POINTS, quoteFare, splitFare } from '@rideshare/pricing';
import type { HistoryEvent, PaymentShares, TripFile, TripRow } from '../../src/trip-rows.ts';

const CITY = 'porto';
const AT = new Date('2026-03-01T12:00:00.000Z');
const at = (seconds: number) => new Date(AT.getTime() + seconds * 1_000).toISOString();
const tariff = currentTariff(CITY, AT);
const policy = currentPolicy(CITY, AT);
const quoted = quoteFare(tariff, {
  distanceM: 4_200,
  durationS: 780,
  vehicleClass: 'economy',
  surgeBasisPoints: NO_SURGE_BASIS_POINTS,
});

export const [TRIP_ID, RIDER_ID, DRIVER_ID, OFFER_ID, QUOTE_ID] = [1, 3, 4, 5, 9].map(
  (digit) => `01900000-0000-7000-8000-00000000000${String(digit)}`,
) as [string, string, string, string, string];

const POINT = { lat: 41.15, lng: -8.61 };

/** What the request of the trip fixed. */
export const facts = {
  ...{ tripId: TRIP_ID, riderId: RIDER_ID, quoteId: QUOTE_ID, zone: CITY, pickup: POINT, destination: POINT },
  ...{
    stops: [],
    vehicleClass: 'economy',
    distanceM: 4_200,
    durationS: 780,
    paymentMethodId: null,
    requestTrace: null,
  },
  ...{ surgeBasisPoints: NO_SURGE_BASIS_POINTS, tariffVersion: tariff.version, policyVersion: policy.version },
  ...{ fare: quoted.fare, breakdown: quoted.breakdown },
  ...{ requestedAt: at(0), searchUntil: at(120), expiresBy: at(135) },
};

const EVENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  requested: { at: at(0), facts },
  accepted: { at: at(10), driverId: DRIVER_ID, offerId: OFFER_ID, slotEpoch: 3, arriveBy: at(2_000) },
  arrived: { at: at(300), startBy: at(2_100) },
  started: { at: at(330), rideBy: at(30_000) },
  completed: { at: at(900), lines: quoted.breakdown, total: quoted.fare },
  cancelled: {
    at: at(600),
    from: 'accepted',
    by: 'rider',
    reason: 'rider_cancelled',
    fee: { amount: 250, currency: 'EUR' },
  },
  expired: { at: at(140) },
  rated: { at: at(1_000), by: 'rider', rating: { stars: 5, tags: [], comment: null } },
};

/** An event by its type, and what it says otherwise than usual. */
export type Step = string | readonly [type: string, data: object];

/** The history of a trip, each event with what it says unless told otherwise. */
export function history(...steps: readonly Step[]): HistoryEvent[] {
  return steps.map((step, index) => {
    const [type, changes] = typeof step === 'string' ? [step, {}] : step;
    return { version: index + 1, type, data: { ...EVENTS[type], type, ...changes } };
  });
}

export const RIDE = ['requested', 'accepted', 'arrived', 'started', 'completed'] as const;

/** The row of a completed trip, of which every column recomputes. */
export function tripRow(changes: Readonly<Record<string, unknown>> = {}): TripRow {
  return {
    ...{ id: TRIP_ID, version: 5, status: 'completed', changed_at: at(900), due_at: null },
    ...{ rider_id: RIDER_ID, quote_id: QUOTE_ID, zone: CITY, pickup: POINT, destination: POINT, stops: [] },
    ...{ vehicle_class: 'economy', distance_m: 4_200, duration_s: 780, surge_basis_points: NO_SURGE_BASIS_POINTS },
    ...{ tariff_version: tariff.version, policy_version: policy.version, currency: 'EUR' },
    ...{ fare_amount: quoted.fare.amount, breakdown: quoted.breakdown, payment_method_id: null, request_trace: null },
    ...{ requested_at: at(0), search_until: at(120), expires_by: at(135) },
    ...{ driver_id: DRIVER_ID, offer_id: OFFER_ID, slot_epoch: 3, accepted_at: at(10), arrive_by: at(2_000) },
    ...{ arrived_at: at(300), start_by: at(2_100), started_at: at(330), ride_by: at(30_000), completed_at: at(900) },
    ...{ lines: quoted.breakdown, total_amount: quoted.fare.amount, rider_rating: null, driver_rating: null },
    ...{ cancelled_at: null, cancelled_from: null, cancelled_by: null, cancel_reason: null, fee_amount: null },
    expired_at: null,
    ...changes,
  };
}

/** The row of a trip that its rider gave up too late. */
export const cancelledRow = (changes: Readonly<Record<string, unknown>> = {}): TripRow =>
  tripRow({
    ...{ version: 3, status: 'cancelled', changed_at: at(600), lines: null, total_amount: null, completed_at: null },
    ...{ arrived_at: null, start_by: null, started_at: null, ride_by: null },
    ...{ cancelled_at: at(600), cancelled_from: 'accepted', cancelled_by: 'rider', cancel_reason: 'rider_cancelled' },
    fee_amount: 250,
    ...changes,
  });

const fees = quoted.breakdown.filter(({ kind }) => kind === 'booking_fee');

/** How the payment of the completed trip divides it. */
export const sharesOf = (changes: Partial<PaymentShares> = {}): PaymentShares => ({
  ...{ goal: 'capture', kind: 'fare', goal_amount: quoted.fare.amount, driver_id: DRIVER_ID },
  share_driver: splitFare(policy, quoted.fare, quoted.breakdown).driver.amount,
  share_booking_fee: fees.reduce((sum, { amount }) => sum + amount.amount, 0),
  ...changes,
});

/** A completed trip with everything beside it. */
export const tripFile = (changes: Partial<TripFile> = {}): TripFile => ({
  row: tripRow(),
  events: history(...RIDE),
  quote: {
    ...{ riderId: RIDER_ID, distanceM: 4_200, durationS: 780, surgeBasisPoints: NO_SURGE_BASIS_POINTS },
    tariffVersion: tariff.version,
  },
  payment: sharesOf(),
  ...changes,
});

export { at };
