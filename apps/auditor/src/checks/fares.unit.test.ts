import { describe, expect, it } from '@jest/globals';
import { at, cancelledRow, sharesOf, tripFile, tripRow } from '../../test/support/trip-file.ts';
import { fareProblems, feeProblems, surgeProblems } from './fares.ts';
import { shareProblems } from './shares.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const good = tripRow();
const tip = { kind: 'tip', amount: eur(100) } as const;
const surge = { kind: 'surge', amount: eur(70) } as const;
const quote = tripFile().quote;

describe('fareProblems', () => {
  it.each([
    ['a receipt equal to its quote', good],
    ['a tip on top', tripRow({ lines: [...good.breakdown, tip], total_amount: good.fare_amount + 100 })],
    ['a trip under way', tripRow({ lines: null, total_amount: null })],
    ['a cancellation', cancelledRow()],
  ])('passes %s', (_name, row) => {
    expect(fareProblems({ quote, row })).toEqual([]);
    expect(fareProblems({ quote: null, row })).toEqual([]);
  });

  it.each([
    [
      'a fare one cent off',
      tripRow({ fare_amount: good.fare_amount + 1 }),
      [/^its fare is \d+ EUR and recomputes to \d+ EUR$/],
    ],
    [
      'a breakdown of another distance',
      tripRow({ distance_m: 9_000 }),
      [/^its fare is/, /^its breakdown does not/, /^its distanceM is 9000, its quote says 4200$/],
    ],
    [
      'a receipt that leaves a line out',
      tripRow({ lines: good.breakdown.slice(1) }),
      [/^its receipt does not begin with its quote$/, /^its lines sum to/],
    ],
    [
      'a second base fare',
      tripRow({ lines: [...good.breakdown, { kind: 'base', amount: eur(0) }] }),
      [/^its receipt adds base to the quote$/],
    ],
    [
      'a tip that is in no total',
      tripRow({ lines: [...good.breakdown, tip] }),
      [/^its lines sum to \d+ EUR, its total is \d+$/],
    ],
    ['a tariff that nobody knows', tripRow({ tariff_version: 'nowhere.v9' }), [/nowhere\.v9/, /nowhere\.v9/]],
    ['a surge that cannot be', tripRow({ surge_basis_points: 5 }), [/surge/]],
  ])('finds %s', (_name, row, wanted) => {
    const problems = fareProblems({ quote, row });
    expect(problems).toHaveLength(wanted.length);
    wanted.forEach((pattern, index) => {
      expect(problems[index]).toMatch(pattern);
    });
  });
});

describe('feeProblems', () => {
  it.each([
    ['a late cancellation with its fee', cancelledRow()],
    ['an early cancellation without one', cancelledRow({ cancelled_at: at(60), fee_amount: 0 })],
    ['a cancellation before a driver', cancelledRow({ cancelled_from: 'requested', accepted_at: null, fee_amount: 0 })],
    [
      'a rider who did not come',
      cancelledRow({
        ...{ cancelled_from: 'arrived', cancelled_by: 'driver', arrived_at: at(20), cancel_reason: 'rider_no_show' },
        fee_amount: 400,
      }),
    ],
    ['a completed trip', good],
  ])('passes %s', (_name, row) => {
    expect(feeProblems({ row })).toEqual([]);
  });

  it.each([
    [
      'a fee that is too high',
      cancelledRow({ fee_amount: 251 }),
      /^its cancellation fee is 251, the policy says 250 EUR$/,
    ],
    ['a fee in the time of grace', cancelledRow({ cancelled_at: at(60) }), /the policy says 0 EUR$/],
    ['a fee without a reason', cancelledRow({ cancelled_by: 'system', cancel_reason: null }), /the policy says 0 EUR$/],
    ['a policy that nobody knows', cancelledRow({ policy_version: 'nowhere.v9' }), /nowhere\.v9/],
  ])('finds %s', (_name, row, pattern) => {
    expect(feeProblems({ row })).toEqual([expect.stringMatching(pattern)]);
  });
});

describe('surgeProblems', () => {
  it('passes what was accepted', () => {
    expect(surgeProblems({ quote, row: good })).toEqual([]);
    expect(surgeProblems({ quote: null, row: tripRow({ lines: null }) })).toEqual([]);
  });

  it.each([
    [
      'another surge than the quoted one',
      tripRow({ surge_basis_points: 13_000 }),
      /^its surge is 13000 basis points, its quote said 10000$/,
    ],
    [
      'a surge that was added at the end',
      tripRow({ lines: [...good.breakdown, surge] }),
      /^surge charged 70, surge accepted 0$/,
    ],
    [
      'a surge line without a surge',
      tripRow({ breakdown: [...good.breakdown, surge], lines: null }),
      /^it has a surge line and no surge$/,
    ],
  ])('finds %s', (_name, row, pattern) => {
    expect(surgeProblems({ quote, row })).toEqual([expect.stringMatching(pattern)]);
  });
});

describe('shareProblems', () => {
  const fee = sharesOf({ kind: 'cancellation_fee', goal_amount: 250, share_driver: 200, share_booking_fee: 0 });

  it.each([
    ['a fare', good, sharesOf()],
    ['a fee', cancelledRow(), fee],
    ['a fee that no driver gets a part of', cancelledRow(), { ...fee, driver_id: null, share_driver: 0 }],
    ['a hold', good, sharesOf({ goal: 'hold', goal_amount: 1 })],
    ['a cancellation for nothing', cancelledRow({ fee_amount: 0 }), sharesOf({ goal: 'void' })],
    ['a trip without a payment', good, null],
  ])('passes %s', (_name, row, payment) => {
    expect(shareProblems({ payment, row })).toEqual([]);
  });

  it.each([
    [
      'a driver who gets a cent less',
      good,
      sharesOf({ share_driver: sharesOf().share_driver - 1 }),
      /^the share_driver of its payment is/,
    ],
    ['a fee of the platform’s own making', good, sharesOf({ share_booking_fee: 99 }), /^the share_booking_fee/],
    [
      'another amount',
      cancelledRow(),
      { ...fee, goal_amount: 251 },
      /^the goal_amount of its payment is 251, by its lines it is 250$/,
    ],
    ['a tariff that nobody knows', tripRow({ tariff_version: 'nowhere.v9' }), sharesOf(), /nowhere\.v9/],
  ])('finds %s', (_name, row, payment, pattern) => {
    expect(shareProblems({ payment, row })).toEqual([expect.stringMatching(pattern)]);
  });
});
