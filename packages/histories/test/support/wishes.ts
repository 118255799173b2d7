import type { Random } from '@rideshare/kernel';
import type { Wish } from '../../src/generate-calls.ts';
import type { Call } from '../../src/history.ts';
import type { Model } from '../../src/model.ts';
import { makeDriverSlotModel } from '../../src/models/driver-slot.ts';
import type { Fleet, SlotCall, SlotRead } from '../../src/models/driver-slot.ts';
import { makeIdempotencyModel } from '../../src/models/idempotency.ts';
import type { IdempotencyCall } from '../../src/models/idempotency.ts';
import { makePaymentModel } from '../../src/models/payment.ts';
import type { Payment, PaymentCall } from '../../src/models/payment.ts';
import { makeTripModel } from '../../src/models/trip.ts';
import type { Trip, TripCall } from '../../src/models/trip.ts';
import { pick } from './random.ts';

// What clients of each model may want, with every answer that a system could have for it. Which of them are right the model
// decides, so that a history made from them is one that a correct system could have given.

/** A model with clients for it. */
export interface Subject<State = unknown, C extends Call = Call> {
  readonly model: Model<State, C>;
  readonly wish: (random: Random) => (state: State) => Wish<C>;
}

const DRIVERS = ['d1', 'd2'];
const TRIPS = ['t1', 't2'];

function slotWish(random: Random): (fleet: Fleet) => Wish<SlotCall> {
  let offers = 0;
  const known: { driverId: string; tripId: string; offerId: string; epoch: number }[] = [];
  return ({ slots }) => {
    const driverId = pick(random, DRIVERS);
    const tripId = pick(random, TRIPS);
    const now: SlotRead = slots.get(driverId) ?? { state: 'available', tripId: null, offerId: null, epoch: 1 };
    const { epoch, offerId, state } = now;
    const done = [{ done: true }, { done: false }];
    const offer = known.length > 0 && random.next() < 0.3 ? pick(random, known) : undefined;
    const mine = { driverId, tripId: now.tripId ?? tripId, offerId: offerId ?? 'none', ...offer };
    const wishes: (() => Wish<SlotCall>)[] = [
      () => {
        offers += 1;
        const made = { driverId, tripId, offerId: `o${String(offers)}` };
        known.push({ ...made, epoch: epoch + 2 });
        return {
          operation: 'reserve',
          input: { ...made, ttlMs: pick(random, [1, 60_000]) },
          answers: [
            { outcome: 'reserved', epoch: epoch + 1 },
            ...['not_available', 'declined_before', 'trip_has_slot'].map((reason) => ({
              outcome: 'refused' as const,
              reason,
            })),
          ],
        };
      },
      () => ({
        operation: 'confirm',
        input: mine,
        answers: [{ epoch: epoch + 1 }, { epoch }, { epoch: null }],
      }),
      () => ({ operation: 'decline', input: mine, answers: done }),
      () => ({
        operation: 'release',
        input: { driverId, tripId: mine.tripId, epoch: offer?.epoch ?? epoch },
        answers: done,
      }),
      () => ({ operation: 'clear', input: { tripId }, answers: done }),
      () => ({ operation: 'expire', input: { driverId }, answers: done }),
      () => ({
        operation: 'status',
        input: { driverId, to: pick(random, ['available', 'offline']) },
        answers: [
          { refused: 'DRIVER_ON_TRIP' },
          ...[epoch, epoch + 1].flatMap((at) =>
            (['available', 'offline', 'offered'] as const).map((is) => ({ state: is, epoch: at })),
          ),
        ],
      }),
      () => ({ operation: 'read', input: { driverId }, answers: [{ state, tripId: now.tripId, offerId, epoch }] }),
    ];
    return pick(random, wishes)();
  };
}

function tripWish(random: Random): (trip: Trip) => Wish<TripCall> {
  return (trip) => {
    const by = pick(random, ['rider', 'driver', 'driver', 'admin'] as const);
    const actor = {
      by,
      ...(by === 'driver' ? { driverId: pick(random, DRIVERS) } : {}),
      ...(random.next() < 0.2 ? { version: trip.version } : {}),
    };
    const operation = pick(random, [
      'request',
      'accept',
      'arrive',
      'start',
      'complete',
      'cancel',
      'rate',
      'read',
    ] as const);
    const refusals = [
      ...['TRIP_TRANSITION_NOT_ALLOWED', 'TRIP_NOT_FOUND', 'OFFER_NOT_AVAILABLE', 'TRIP_VERSION_CONFLICT'],
      ...['START_CODE_WRONG', 'TRIP_NOT_COMPLETED', 'RATING_EXISTS'],
    ].map((refused) => ({ refused }));
    const statuses = ['requested', 'accepted', 'arrived', 'in_progress', 'completed', 'cancelled'] as const;
    const answers = statuses.flatMap((status) =>
      [trip.version, trip.version + 1].flatMap((version) =>
        [null, ...DRIVERS].map((driverId) => ({ status, version, driverId })),
      ),
    );
    const input = { ...actor, ...(operation === 'accept' ? { offerId: `o-${actor.driverId ?? 'none'}` } : {}) };
    // an end comes too early for most histories
    if (operation === 'cancel' && random.next() < 0.7) return { operation: 'read', input: actor, answers };
    return { operation, input, answers: [...answers, ...refusals] };
  };
}

function paymentWish(random: Random): (payment: Payment) => Wish<PaymentCall> {
  return (payment) => {
    const done = [{ done: true } as const, { refused: 'NO' }];
    const wishes: Wish<PaymentCall>[] = [
      { operation: 'authorise', input: { amount: 1_000 }, answers: done },
      { operation: 'capture', input: { amount: pick(random, [800, 1_000, 1_200]) }, answers: done },
      { operation: random.next() < 0.9 ? 'capture' : 'void', input: { amount: 900 }, answers: done },
      {
        operation: 'refund',
        input: { amount: pick(random, [null, 100, 300, 900]) },
        answers: [
          ...[100, 300, 900, payment.captured - payment.reserved].map((amount) => ({ amount })),
          { refused: 'NO' },
        ],
      },
      {
        operation: 'read',
        input: null,
        answers: ['pending', 'authorized', 'captured', 'partially_refunded', 'refunded', 'voided'].flatMap((status) =>
          [payment.refunded, payment.reserved].map((refunded) => ({ status, captured: payment.captured, refunded })),
        ),
      },
    ];
    return pick(random, wishes);
  };
}

function requestWish(random: Random): () => Wish<IdempotencyCall> {
  let answers = 0;
  return () => {
    answers += 1;
    const last = Array.from({ length: answers }, (_, index) => `a${String(index)}`).slice(-40);
    return {
      operation: 'request',
      input: { payload: pick(random, ['x', 'x', 'x', 'y']) },
      answers: [
        { outcome: 'executed', answer: `a${String(answers)}` },
        { outcome: 'in_progress' },
        { outcome: 'reused' },
        ...last.map((answer) => ({ outcome: 'replayed' as const, answer })),
      ],
    };
  };
}

function subject<State, C extends Call>(
  model: Model<State, C>,
  wish: (random: Random) => (state: State) => Wish<C>,
): Subject {
  return { model, wish } as unknown as Subject;
}

/** Every model of the platform. */
export const subjects: Readonly<Record<'slot' | 'trip' | 'payment' | 'idempotency', Subject>> = {
  slot: subject(makeDriverSlotModel({ toleranceMs: 0 }), slotWish),
  trip: subject(makeTripModel(), tripWish),
  payment: subject(makePaymentModel(), paymentWish),
  idempotency: subject(makeIdempotencyModel(), requestWish),
};
