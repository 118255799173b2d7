import type { Call } from '../../src/history.ts';
import type { Model } from '../../src/model.ts';
import { makeDriverSlotModel } from '../../src/models/driver-slot.ts';
import { makeIdempotencyModel } from '../../src/models/idempotency.ts';
import { makePaymentModel } from '../../src/models/payment.ts';
import { makeTripModel } from '../../src/models/trip.ts';
import type { Subject } from './wishes.ts';

/** A call as a table shows it: who, from when to when (`null`: unknown outcome), what, and what came of it. */
export type Row = readonly [
  process: string,
  from: number,
  to: number | null,
  operation: string,
  input: object | null,
  answer?: unknown,
];

/** Calls from rows; an answer of `'fail'` means that the call certainly had no effect. Times are milliseconds. */
export function callsFrom(key: string, rows: readonly Row[], offsetMs = 0): Call[] {
  return rows.map(([process, from, to, operation, input, answer], index) => {
    const outcome = to === null ? 'info' : answer === 'fail' ? 'fail' : 'ok';
    return {
      ...{ index, process, key, operation, input, outcome },
      answer: outcome === 'ok' ? answer : undefined,
      invokedUs: (offsetMs + from) * 1_000,
      answeredUs: to === null ? Infinity : (offsetMs + to) * 1_000,
    };
  });
}

/** An anomaly, and the one change of an answer or a time that makes the same calls all right. */
export interface Planted {
  readonly name: string;
  readonly model: Subject['model'];
  readonly rows: readonly Row[];
  /** Which row, and what it should have been. */
  readonly healed: readonly [index: number, row: Row];
}

const any = (model: unknown) => model as Model<unknown>;
const slot = any(makeDriverSlotModel());
const trip = any(makeTripModel());
const payment = any(makePaymentModel());
const idempotency = any(makeIdempotencyModel());

const one = { driverId: 'd1', tripId: 't1', offerId: 'o1' };
const two = { driverId: 'd2', tripId: 't1', offerId: 'o2' };
const long = { ttlMs: 15_000 };
const reserved = (epoch: number) => ({ outcome: 'reserved', epoch });
const slotIs = (state: string, epoch: number, held = false) => ({
  ...{ state, epoch, tripId: held ? 't1' : null, offerId: held ? 'o1' : null },
});
const offered: readonly Row[] = [['dispatch', 0, 1, 'reserve', { ...one, ...long }, reserved(2)]];
const assigned: readonly Row[] = [...offered, ['a', 2, 3, 'confirm', one, { epoch: 3 }]];

const slots: readonly Planted[] = [
  {
    name: 'a stale read of a slot',
    model: slot,
    rows: [...assigned, ['b', 4, 5, 'read', { driverId: 'd1' }, slotIs('offered', 2, true)]],
    healed: [2, ['b', 2, 5, 'read', { driverId: 'd1' }, slotIs('offered', 2, true)]],
  },
  {
    name: 'two drivers assigned to one trip',
    model: slot,
    rows: [
      ...assigned,
      ['dispatch2', 4, 6, 'reserve', { ...two, ...long }, reserved(2)],
      ['b', 7, 8, 'confirm', two, { epoch: 3 }],
    ],
    healed: [1, ['a', 2, 3, 'decline', one, { done: true }]],
  },
  {
    name: 'one driver offered two trips at once',
    model: slot,
    rows: [
      ['x', 0, 5, 'reserve', { ...one, ...long }, reserved(2)],
      ['y', 1, 4, 'reserve', { driverId: 'd1', tripId: 't2', offerId: 'o9', ...long }, reserved(2)],
    ],
    healed: [
      1,
      [
        'y',
        1,
        4,
        'reserve',
        { driverId: 'd1', tripId: 't2', offerId: 'o9', ...long },
        { outcome: 'refused', reason: 'not_available' },
      ],
    ],
  },
  {
    name: 'an offer accepted after it was over',
    model: slot,
    rows: [
      ['dispatch', 0, 1, 'reserve', { ...one, ttlMs: 1_000 }, reserved(2)],
      ['a', 2_000, 2_001, 'confirm', one, { epoch: 3 }],
    ],
    healed: [1, ['a', 900, 2_001, 'confirm', one, { epoch: 3 }]],
  },
  {
    name: 'an offer ended before its time',
    model: slot,
    rows: [...offered, ['sweep', 100, 101, 'expire', { driverId: 'd1' }, { done: true }]],
    healed: [1, ['sweep', 15_100, 15_101, 'expire', { driverId: 'd1' }, { done: true }]],
  },
  {
    name: 'an epoch that goes back',
    model: slot,
    rows: [
      ...assigned,
      ['b', 4, 5, 'release', { driverId: 'd1', tripId: 't1', epoch: 3 }, { done: true }],
      ['c', 6, 7, 'read', { driverId: 'd1' }, slotIs('available', 1)],
    ],
    healed: [3, ['c', 6, 7, 'read', { driverId: 'd1' }, slotIs('available', 4)]],
  },
  {
    name: 'the effect of a confirmation that had failed',
    model: slot,
    rows: [
      ...offered,
      ['a', 2, 3, 'confirm', one, 'fail'],
      ['b', 4, 5, 'read', { driverId: 'd1' }, slotIs('assigned', 3, true)],
    ],
    healed: [1, ['a', 2, null, 'confirm', one]],
  },
  {
    name: 'a release at an epoch that is over',
    model: slot,
    rows: [...assigned, ['b', 4, 5, 'release', { driverId: 'd1', tripId: 't1', epoch: 2 }, { done: true }]],
    healed: [2, ['b', 4, 5, 'release', { driverId: 'd1', tripId: 't1', epoch: 2 }, { done: false }]],
  },
  {
    name: 'a declined trip offered again',
    model: slot,
    rows: [
      ...offered,
      ['a', 2, 3, 'decline', one, { done: true }],
      ['dispatch', 4, 5, 'reserve', { ...one, offerId: 'o3', ...long }, reserved(4)],
    ],
    healed: [
      2,
      [
        'dispatch',
        4,
        5,
        'reserve',
        { ...one, offerId: 'o3', ...long },
        { outcome: 'refused', reason: 'declined_before' },
      ],
    ],
  },
  {
    name: 'an assignment lost',
    model: slot,
    rows: [...assigned, ['b', 4, 5, 'status', { driverId: 'd1', to: 'offline' }, { state: 'offline', epoch: 4 }]],
    healed: [2, ['b', 4, 5, 'status', { driverId: 'd1', to: 'offline' }, { refused: 'DRIVER_ON_TRIP' }]],
  },
];

const rider = { by: 'rider' };
const d1 = { by: 'driver', driverId: 'd1' };
const d2 = { by: 'driver', driverId: 'd2' };
const tripIs = (status: string, version: number, driverId: string | null = version > 1 ? 'd1' : null) => ({
  ...{ status, version, driverId },
});
const requested: readonly Row[] = [['r', 0, 1, 'request', rider, tripIs('requested', 1)]];
const accepted: readonly Row[] = [
  ...requested,
  ['d1', 2, 3, 'accept', { ...d1, offerId: 'o1' }, tripIs('accepted', 2)],
];
const riding: readonly Row[] = [
  ...accepted,
  ['d1', 4, 5, 'arrive', d1, tripIs('arrived', 3)],
  ['d1', 6, 7, 'start', d1, tripIs('in_progress', 4)],
];

const trips: readonly Planted[] = [
  {
    name: 'a trip that two drivers have',
    model: trip,
    rows: [
      ...requested,
      ['d1', 2, 6, 'accept', { ...d1, offerId: 'o1' }, tripIs('accepted', 2)],
      ['d2', 3, 5, 'accept', { ...d2, offerId: 'o2' }, tripIs('accepted', 2, 'd2')],
    ],
    healed: [2, ['d2', 3, 5, 'accept', { ...d2, offerId: 'o2' }, { refused: 'OFFER_NOT_AVAILABLE' }]],
  },
  {
    name: 'a cancellation lost to a start',
    model: trip,
    rows: [
      ...accepted,
      ['r', 4, 8, 'cancel', rider, tripIs('cancelled', 3)],
      ['d1', 5, 7, 'arrive', d1, tripIs('arrived', 3)],
    ],
    healed: [2, ['r', 4, 8, 'cancel', rider, tripIs('cancelled', 4)]],
  },
  {
    name: 'a step that skips another',
    model: trip,
    rows: [...accepted, ['d1', 4, 5, 'start', d1, tripIs('in_progress', 3)]],
    healed: [2, ['d1', 4, 5, 'start', d1, { refused: 'TRIP_TRANSITION_NOT_ALLOWED' }]],
  },
  {
    name: 'a version that goes back',
    model: trip,
    rows: [...riding, ['r', 8, 9, 'read', rider, tripIs('arrived', 3)]],
    healed: [4, ['r', 4, 9, 'read', rider, tripIs('arrived', 3)]],
  },
  {
    name: 'a driver seen before any accepted',
    model: trip,
    rows: [
      ...requested,
      ['r', 2, 3, 'read', rider, tripIs('accepted', 2)],
      ['d1', 4, 5, 'accept', { ...d1, offerId: 'o1' }, tripIs('accepted', 2)],
    ],
    healed: [2, ['d1', 2, 5, 'accept', { ...d1, offerId: 'o1' }, tripIs('accepted', 2)]],
  },
  {
    name: 'a trip that changes its driver',
    model: trip,
    rows: [...accepted, ['r', 4, 5, 'read', rider, tripIs('accepted', 2, 'd2')]],
    healed: [2, ['r', 4, 5, 'read', rider, tripIs('accepted', 2)]],
  },
  {
    name: 'a refusal without a reason',
    model: trip,
    rows: [...requested, ['r', 2, 3, 'cancel', rider, { refused: 'TRIP_TRANSITION_NOT_ALLOWED' }]],
    healed: [1, ['r', 2, 3, 'cancel', rider, tripIs('cancelled', 2, null)]],
  },
  {
    name: 'a cancellation after the start',
    model: trip,
    rows: [...riding, ['r', 8, 9, 'cancel', rider, tripIs('cancelled', 5)]],
    healed: [4, ['admin', 8, 9, 'cancel', { by: 'admin' }, tripIs('cancelled', 5)]],
  },
];

const done = { done: true };
const captured: readonly Row[] = [
  ['w', 0, 1, 'authorise', { amount: 1_200 }, done],
  ['w', 2, 3, 'capture', { amount: 1_000 }, done],
];
const paymentIs = (status: string, refunded: number) => ({ status, captured: 1_000, refunded });

const payments: readonly Planted[] = [
  {
    name: 'a capture taken twice',
    model: payment,
    rows: [...captured, ['v', 2, 5, 'capture', { amount: 1_000 }, done]],
    healed: [2, ['v', 2, 5, 'capture', { amount: 1_000 }, { refused: 'DONE' }]],
  },
  {
    name: 'a capture above the hold',
    model: payment,
    rows: [
      ['w', 0, 1, 'authorise', { amount: 1_000 }, done],
      ['w', 2, 3, 'capture', { amount: 1_001 }, done],
    ],
    healed: [0, ['w', 0, 1, 'authorise', { amount: 1_001 }, done]],
  },
  {
    name: 'refunds above the capture',
    model: payment,
    rows: [
      ...captured,
      ['x', 4, 8, 'refund', { amount: 700 }, { amount: 700 }],
      ['y', 5, 7, 'refund', { amount: 700 }, { amount: 700 }],
    ],
    healed: [3, ['y', 5, 7, 'refund', { amount: 700 }, { refused: 'REFUND_EXCEEDS_CAPTURE' }]],
  },
  {
    name: 'a refund that comes back',
    model: payment,
    rows: [
      ...captured,
      ['x', 4, 5, 'refund', { amount: 300 }, { amount: 300 }],
      ['r', 6, 7, 'read', null, paymentIs('partially_refunded', 300)],
      ['r', 8, 9, 'read', null, paymentIs('captured', 0)],
    ],
    healed: [4, ['q', 6, 9, 'read', null, paymentIs('captured', 0)]],
  },
  {
    name: 'a void after the capture',
    model: payment,
    rows: [...captured, ['v', 4, 5, 'void', null, done]],
    healed: [2, ['v', 4, 5, 'void', null, { refused: 'CAPTURED' }]],
  },
  {
    name: 'a refund that nobody asked for',
    model: payment,
    rows: [...captured, ['r', 4, 5, 'read', null, paymentIs('refunded', 1_000)]],
    healed: [2, ['r', 4, 5, 'read', null, paymentIs('captured', 0)]],
  },
];

const x = { payload: 'x' };
const executed = (answer: string) => ({ outcome: 'executed', answer });
const replayed = (answer: string) => ({ outcome: 'replayed', answer });

const keys: readonly Planted[] = [
  {
    name: 'a request carried out twice',
    model: idempotency,
    rows: [
      ['a', 0, 3, 'request', x, executed('1')],
      ['b', 1, 4, 'request', x, executed('2')],
    ],
    healed: [1, ['b', 1, 4, 'request', x, replayed('1')]],
  },
  {
    name: 'a replay with another answer',
    model: idempotency,
    rows: [
      ['a', 0, 1, 'request', x, executed('1')],
      ['b', 2, 3, 'request', x, replayed('2')],
    ],
    healed: [1, ['b', 2, 3, 'request', x, replayed('1')]],
  },
  {
    name: 'another request carried out under the key',
    model: idempotency,
    rows: [
      ['a', 0, 1, 'request', x, executed('1')],
      ['b', 2, 3, 'request', { payload: 'y' }, executed('2')],
    ],
    healed: [1, ['b', 2, 3, 'request', { payload: 'y' }, { outcome: 'reused' }]],
  },
  {
    name: 'a request still running that has ended',
    model: idempotency,
    rows: [
      ['a', 0, 1, 'request', x, executed('1')],
      ['b', 2, 3, 'request', x, { outcome: 'in_progress' }],
    ],
    healed: [0, ['a', 0, 4, 'request', x, executed('1')]],
  },
  {
    name: 'a replay of what nobody carried out',
    model: idempotency,
    rows: [
      ['b', 0, 1, 'request', x, replayed('1')],
      ['a', 2, 3, 'request', x, executed('1')],
    ],
    healed: [1, ['a', 0, null, 'request', x]],
  },
  {
    name: 'two unseen executions',
    model: idempotency,
    rows: [
      ['a', 0, null, 'request', x],
      ['b', 1, 2, 'request', x, replayed('1')],
      ['c', 3, 4, 'request', x, replayed('2')],
    ],
    healed: [2, ['c', 3, 4, 'request', x, replayed('1')]],
  },
];

/** Anomalies of every model. */
export const planted: readonly Planted[] = [...slots, ...trips, ...payments, ...keys];
