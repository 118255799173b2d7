import { fareRow } from './fare-row.ts';
import type { Plant } from './stage.ts';

/** Ids that can be told apart at a glance. */
export const id = (digit: number) => `01900000-0000-7000-8000-${String(digit).padStart(12, '0')}`;

export const [TRIP, TRIP_2, RIDER, DRIVER, OFFER, PAYMENT, JOURNAL, OP] = [1, 2, 3, 4, 5, 6, 7, 8].map(id);
export const LONG_AGO = new Date(Date.now() - 3_600_000);

type Changes = Readonly<Record<string, unknown>>;

/** A completed trip whose fare recomputes. */
export function trip(changes: Changes = {}): Plant {
  const { arrived_at: arrivedAt, ...row } = fareRow();
  const own = {
    id: TRIP,
    rider_id: RIDER,
    driver_id: DRIVER,
    offer_id: OFFER,
    completed_at: LONG_AGO,
    arrived_at: arrivedAt,
  };
  return ['trip.trips', { ...row, ...own, ...changes }];
}

export const offer = (changes: Changes = {}): Plant => [
  'driver.offers',
  {
    ...{ offer_id: OFFER, trip_id: TRIP, driver_id: DRIVER, state: 'accepted' },
    ...{ ended_at: LONG_AGO, expires_at: new Date(LONG_AGO.getTime() + 1_000) },
    ...changes,
  },
];

export const slot = (changes: Changes = {}): Plant => [
  'driver.driver_slots',
  { driver_id: DRIVER, state: 'assigned', trip_id: TRIP, offer_id: OFFER, epoch: 3, ...changes },
];

/** A payment of the trip above, captured in full. */
export const payment = (changes: Changes = {}): Plant => {
  const amount = fareRow().fare_amount;
  return [
    'payment.payments',
    {
      ...{ id: PAYMENT, trip_id: TRIP, rider_id: RIDER, status: 'captured', version: 2, outstanding: 0 },
      ...{ authorized: amount, captured: amount, refund_reserved: 0, refunded: 0 },
      ...changes,
    },
  ];
};

export const op = (changes: Changes = {}): Plant => [
  'payment.payment_ops',
  { id: OP, payment_id: PAYMENT, op: 'capture', state: 'done', amount: fareRow().fare_amount, ...changes },
];

export const journal = (changes: Changes = {}): Plant => ['payment.ledger_journals', { id: JOURNAL, ...changes }];
export const entry = (line: number, amount: number, currency = 'EUR', changes: Changes = {}): Plant => [
  'payment.ledger_entries',
  { journal_id: JOURNAL, line, account: 'gateway:sandbox', amount, currency, ...changes },
];

let planted = 0;

/** An event in the log. */
export function record(topic: string, stream: string, sequence: number, type: string, data: Changes = {}): Plant {
  planted += 1;
  return [
    'event_log.records',
    {
      ...{ topic: `rideshare.${topic}`, partition: 0, log_offset: planted, key: stream, type },
      ...{ event_id: id(100_000 + planted), headers: {}, envelope: { stream, sequence, data } },
    },
  ];
}

/** An event on its way to the log. */
export function waiting(schema: string, stream: string, sequence: number, createdAt = new Date()): Plant {
  planted += 1;
  return [
    `"${schema}".outbox`,
    {
      ...{ topic: 't', key: stream, type: 'a.type', event_id: id(200_000 + planted), headers: {} },
      ...{ envelope: { stream, sequence }, created_at: createdAt },
    },
  ];
}

export const history = (version: number, type: string, data: Changes = {}): Plant => [
  'trip.trip_events',
  { trip_id: TRIP, version, type, data, event_id: id(300_000 + version) },
];

export const counts = (changes: Changes = {}): Plant => [
  'trip.consumer_counts',
  {
    ...{ group_name: 'trip', topic: 'payment.events', consumed: 10, applied: 6, skipped: 2, parked: 1, dead: 1 },
    ...changes,
  },
];

export const offset = (next: number, first = 0): Plant => [
  'event_log.consumer_offsets',
  { group_name: 'trip', topic: 'rideshare.payment.events', partition: 0, next_offset: next, first_offset: first },
];

/** Something that waits behind a gap, and something that was given up; the counts above tell of one of each. */
export const parked = (): Plant => ['trip.parked_events', { group_name: 'trip' }];
export const dead = (): Plant => ['trip.dead_letters', { group_name: 'trip' }];
