import { history as historyOf, tripRow } from './trip-file.ts';
import type { Plant } from './stage.ts';
import type { Step } from './trip-file.ts';

/** Ids that can be told apart at a glance. */
export const id = (digit: number) => `01900000-0000-7000-8000-${String(digit).padStart(12, '0')}`;

export const [TRIP, TRIP_2, RIDER, DRIVER, OFFER, PAYMENT, JOURNAL, OP, QUOTE, METHOD] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
].map(id);
export const LONG_AGO = new Date(Date.now() - 3_600_000);
export const AMOUNT = tripRow().fare_amount;

type Changes = Readonly<Record<string, unknown>>;

/** A completed trip whose every column recomputes. */
export const trip = (changes: Changes = {}): Plant => ['trip.trips', { ...tripRow(), ...changes }];

/** The events of the trip above, whole. */
export const histories = (...steps: readonly Step[]): Plant[] =>
  historyOf(...steps).map(({ data, type, version }) => [
    'trip.trip_events',
    { trip_id: TRIP, version, type, data, event_id: id(300_000 + version) },
  ]);

export const quote = (inputs: Changes = {}, changes: Changes = {}): Plant => [
  'trip.quotes',
  {
    ...{ id: QUOTE, rider_id: RIDER },
    inputs: {
      ...{ distanceM: 4_200, durationS: 780, surgeBasisPoints: 10_000, tariffVersion: tripRow().tariff_version },
      ...inputs,
    },
    ...changes,
  },
];

export const offer = (changes: Changes = {}): Plant => [
  'driver.offers',
  {
    ...{ offer_id: OFFER, trip_id: TRIP, driver_id: DRIVER, rider_id: RIDER, state: 'accepted', made_at: LONG_AGO },
    ...{ ended_at: LONG_AGO, expires_at: new Date(LONG_AGO.getTime() + 1_000) },
    ...changes,
  },
];

export const slot = (changes: Changes = {}): Plant => [
  'driver.driver_slots',
  { driver_id: DRIVER, state: 'assigned', trip_id: TRIP, offer_id: OFFER, epoch: 3, suspended: false, ...changes },
];

export const papers = (changes: Changes = {}): Plant[] =>
  ['driving_license', 'vehicle_registration', 'insurance'].map((type, index) => [
    'driver.driver_documents',
    {
      ...{ document_id: id(900 + index), driver_id: DRIVER, type, state: 'approved', superseded: false },
      ...{ expires_on: '2100-12-31', submitted_at: LONG_AGO },
      ...changes,
    },
  ]);
export const ELIGIBLE_UNTIL = new Date('2101-01-01T00:00:00Z');

/** A payment of the trip above, captured in full. */
export const payment = (changes: Changes = {}): Plant => [
  'payment.payments',
  {
    ...{
      id: PAYMENT,
      trip_id: TRIP,
      rider_id: RIDER,
      driver_id: DRIVER,
      method_id: METHOD,
      status: 'captured',
      version: 2,
    },
    ...{
      currency: 'EUR',
      outstanding: 0,
      authorized: AMOUNT,
      captured: AMOUNT,
      refund_reserved: 0,
      refunded: 0,
      goal: 'capture',
      kind: 'fare',
    },
    ...{ goal_amount: AMOUNT, share_driver: 0, share_booking_fee: 0, booked_driver: 0, booked_booking_fee: 0 },
    ...{ returned_driver: 0, returned_booking_fee: 0 },
    ...changes,
  },
];

export const method = (changes: Changes = {}): Plant => [
  'payment.payment_methods',
  { id: METHOD, rider_id: RIDER, token: 'tok_ok', brand: 'visa', ...changes },
];

export const op = (changes: Changes = {}): Plant => [
  'payment.payment_ops',
  {
    ...{ id: OP, payment_id: PAYMENT, op: 'capture', state: 'done', amount: AMOUNT, psp_key: 'k-capture', trace: {} },
    ...{ created_at: LONG_AGO, reference: 'r-capture', sends: 1, queries: 0 },
    ...changes,
  },
];
export const hold = (changes: Changes = {}): Plant =>
  op({ id: id(80), op: 'hold', psp_key: 'k-hold', reference: 'r-hold', ...changes });

/** What the gateway remembers of an operation. */
export const sandbox = (kind: string, changes: Changes = {}): Plant => [
  'payment.sandbox_operations',
  {
    ...{ key: `k-${kind}`, kind, amount: AMOUNT, currency: 'EUR', state: 'done', created_at: LONG_AGO },
    ...{ reference: `r-${kind}`, target_ref: kind === 'authorize' ? null : 'r-authorize' },
    ...changes,
  },
];

export const journal = (changes: Changes = {}): Plant => [
  'payment.ledger_journals',
  { id: JOURNAL, payment_id: PAYMENT, kind: 'capture', ...changes },
];
export const entry = (line: number, amount: number, currency = 'EUR', changes: Changes = {}): Plant => [
  'payment.ledger_entries',
  { journal_id: JOURNAL, line, account: 'gateway:sandbox:clearing', amount, currency, ...changes },
];

let planted = 0;

/** An event in the log. */
export function record(
  topic: string,
  stream: string,
  sequence: number,
  type: string,
  data: Changes = {},
  changes: Changes = {},
): Plant {
  planted += 1;
  const eventId = id(100_000 + planted);
  return [
    'event_log.records',
    {
      ...{
        topic: `rideshare.${topic}`,
        partition: 0,
        log_offset: planted,
        key: stream,
        type,
        event_id: eventId,
        headers: {},
      },
      envelope: {
        ...{ id: eventId, type, version: 1, stream, sequence, occurredAt: LONG_AGO.toISOString(), source: 'test' },
        ...{ correlationId: eventId, causationId: eventId, data },
      },
      ...changes,
    },
  ];
}

/** An event on its way to the log. */
export function waiting(
  schema: string,
  stream: string,
  sequence: number,
  createdAt = new Date(),
  headers: Changes = {},
): Plant {
  planted += 1;
  return [
    `"${schema}".outbox`,
    {
      ...{ topic: 't', key: stream, type: 'a.type', event_id: id(200_000 + planted), headers },
      ...{ envelope: { stream, sequence }, created_at: createdAt },
    },
  ];
}

export const counts = (changes: Changes = {}): Plant => [
  'trip.consumer_counts',
  {
    ...{ group_name: 'trip', topic: 'payment.events', consumed: 10, applied: 6, skipped: 2, parked: 1, dead: 1 },
    ...changes,
  },
];

export const offset = (next: number, first = 0, changes: Changes = {}): Plant => [
  'event_log.consumer_offsets',
  {
    ...{ group_name: 'trip', topic: 'rideshare.payment.events', partition: 0, next_offset: next, first_offset: first },
    ...changes,
  },
];

/** Something that waits behind a gap, and something that was given up; the counts above tell of one of each. */
export const parked = (changes: Changes = {}): Plant => [
  'trip.parked_events',
  { group_name: 'trip', headers: {}, ...changes },
];
export const dead = (changes: Changes = {}): Plant => [
  'trip.dead_letters',
  {
    group_name: 'trip',
    headers: {},
    envelope: {},
    code: 'UNEXPECTED',
    message: 'went wrong',
    event_id: id(700),
    ...changes,
  },
];

export const kept = (schema: string, route: string, body: Changes, changes: Changes = {}): Plant => [
  `"${schema}".idempotency_keys`,
  {
    ...{
      principal: `user:${String(RIDER)}`,
      route,
      key: 'key-1',
      payload_hash: 'hash-1',
      status: 'done',
      created_at: LONG_AGO,
    },
    // the moment that the ids of this file carry
    ...{ at: new Date(Number.parseInt('019000000000', 16)), response: { status: 201, headers: {}, body } },
    ...changes,
  },
];

export const account = (changes: Changes = {}): Plant => [
  '"user".accounts',
  {
    ...{ id: DRIVER, version: 1, email: 'pat@example.com', first_name: 'Pat', last_name: 'Planted', phone: null },
    ...{
      language: 'en',
      notify_by_email: true,
      notify_by_sms: true,
      notify_by_push: true,
      roles: '{rider}',
      status: 'active',
    },
    ...changes,
  },
];
export const profile = (changes: Changes = {}) => ({
  ...{ userId: DRIVER, email: 'pat@example.com', firstName: 'Pat', lastName: 'Planted', phone: null, roles: ['rider'] },
  ...{ status: 'active', language: 'en', notifications: { email: true, sms: true, push: true } },
  ...changes,
});

export const session = (changes: Changes = {}): Plant => [
  '"user".sessions',
  { id: id(500), account_id: DRIVER, opened_at: LONG_AGO, refreshed_at: LONG_AGO, ended_at: null, ...changes },
];
export const token = (changes: Changes = {}): Plant => [
  '"user".refresh_tokens',
  { hash: `hash-${String((planted += 1))}`, session_id: id(500), issued_at: LONG_AGO, used_at: null, ...changes },
];
