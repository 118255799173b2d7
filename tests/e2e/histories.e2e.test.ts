/**
 * Several people want the same things at the same time, over the public API. Everything that any of them was told is
 * recorded, and afterwards it must have an order that the rules of trips, payments and idempotency keys allow.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  callsOf,
  checkLinearizability,
  checkListAppend,
  contendedKeys,
  explainViolation,
  makeIdempotencyModel,
  makePaymentModel,
  makeTripModel,
} from '@rideshare/histories';
import type { Call, Model, Recorder, TransactionCall } from '@rideshare/histories';
import { ADMIN, goOffline, newDriver, newRider, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { newHistoryBook } from './support/history-book.ts';
import type { HistoryBook } from './support/history-book.ts';
import { raceRide, START_PLACE } from './support/history-races.ts';
import type { Hindrance } from './support/history-races.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import type { Trip } from './support/trip.ts';

const LANES: readonly (readonly Hindrance[])[] = [
  ['none', 'cancelled_at_accept', 'cancelled_at_start'],
  ['declined', 'none', 'cancelled_at_arrival'],
  ['ended_by_admin', 'cancelled_at_accept', 'none'],
];
/** One more than there are rides at a time: a slot is free a moment after its ride has ended. */
const DRIVERS = LANES.length + 1;

let platform: Platform;
let book: HistoryBook;
let drivers: Actor[] = [];
let trips: Trip[];

/** Rides one after another. */
async function runLane(hindrances: readonly Hindrance[], admin: Actor): Promise<Trip[]> {
  const rider = await newRider(platform);
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  await succeed(platform, 'POST', '/api/payments/methods', { token: rider.token, body });
  const ended: Trip[] = [];
  for (const hindrance of hindrances) ended.push(await raceRide({ platform, book, admin, drivers }, rider, hindrance));
  return ended;
}

beforeAll(async () => {
  platform = await startPlatform();
  book = newHistoryBook();
  drivers = await Promise.all(Array.from({ length: DRIVERS }, () => newDriver(platform, START_PLACE)));
  const admin = await signIn(platform, ADMIN);
  trips = (await Promise.all(LANES.map((hindrances) => runLane(hindrances, admin)))).flat();
}, 300_000);

afterAll(async () => {
  for (const driver of drivers) await goOffline(platform, driver);
});

/** The calls that were recorded, and what the model says to them. */
function judge<State, C extends Call>(recorder: Recorder, model: Model<State, C>) {
  const calls = callsOf(recorder.entries) as C[];
  const { outcome, violations } = checkLinearizability(calls, model);
  return { calls, outcome, violations: violations.map((violation) => explainViolation(violation, model)) };
}

const ALL_RIGHT = { outcome: 'valid', violations: [] };
const share = (calls: readonly Call[], holds: (call: Call) => boolean): number =>
  calls.filter(holds).length / calls.length;
const isRefused = ({ answer }: Call) => typeof answer === 'object' && answer !== null && 'refused' in answer;

describe('what people were told who wanted the same at once', () => {
  it('of trips, has an order: one driver, one end, one version a step', () => {
    const { calls, ...verdict } = judge(book.trips, makeTripModel({ initial: { status: 'requested', version: 1 } }));
    expect(verdict).toEqual(ALL_RIGHT);
    // the history has what it claims to have: calls enough, rivals for every trip, who won and who lost, and few riddles
    expect(calls.length).toBeGreaterThanOrEqual(120);
    expect(contendedKeys(calls).toSorted()).toEqual(trips.map(({ id }) => id).toSorted());
    expect(share(calls, isRefused)).toBeGreaterThan(0);
    expect(share(calls, ({ outcome }) => outcome === 'info')).toBeLessThan(0.5);
    expect(trips.map(({ status }) => status)).toEqual(expect.arrayContaining(['completed', 'cancelled']));
  });

  it('of payments, has an order: one capture, and no more given back than was taken', () => {
    const { calls, ...verdict } = judge(book.payments, makePaymentModel({ isDriven: true }));
    expect(verdict).toEqual(ALL_RIGHT);
    const completed = trips.filter(({ status }) => status === 'completed').map(({ id }) => id);
    expect(contendedKeys(calls).toSorted()).toEqual(completed.toSorted());
    const refunds = calls.filter(({ operation }) => operation === 'refund');
    expect(refunds).toHaveLength(7 * completed.length);
    expect(share(refunds, isRefused)).toBeGreaterThan(0);
  });

  it('under idempotency keys, has an order: carried out once, and answered the same again', () => {
    const { calls, ...verdict } = judge(book.keys, makeIdempotencyModel());
    expect(verdict).toEqual(ALL_RIGHT);
    expect(calls.length).toBeGreaterThanOrEqual(9 * trips.length);
    expect(contendedKeys(calls).length).toBeGreaterThanOrEqual(2 * trips.length);
    for (const outcome of ['executed', 'replayed', 'reused']) {
      const told = calls.filter(({ answer }) => answer?.outcome === outcome);
      expect({ outcome, seen: told.length > 0 }).toEqual({ outcome, seen: true });
    }
  });

  it('of the states of a trip, is one list that grows at its end, in the flight recorder too', () => {
    const verdict = checkListAppend(callsOf(book.lists.entries) as TransactionCall[], 'strict');
    expect(verdict).toMatchObject({ valid: true, anomalies: [] });
    expect(verdict.transactions).toBeGreaterThanOrEqual(8 * trips.length);
  });
});
