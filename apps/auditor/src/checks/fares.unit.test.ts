import { describe, expect, it } from '@jest/globals';
import { fareRow } from '../../test/support/fare-row.ts';
import { fareProblems } from './fares.ts';
import type { FareRow } from './fares.ts';

const accepted = new Date('2026-03-01T12:00:00Z');
const soon = new Date('2026-03-01T12:01:00Z');
const late = new Date('2026-03-01T12:10:00Z');
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const tip = { kind: 'tip', amount: eur(100) } as const;
const good = fareRow();

function cancelled(changes: Partial<FareRow>): FareRow {
  return fareRow({
    status: 'cancelled',
    lines: null,
    total_amount: null,
    cancelled_at: late,
    cancelled_from: 'accepted',
    cancelled_by: 'rider',
    cancel_reason: 'changed_my_mind',
    fee_amount: 250,
    ...changes,
  });
}

describe('fareProblems', () => {
  it.each([
    ['a receipt equal to its quote', good],
    ['a tip on top', fareRow({ lines: [...good.breakdown, tip], total_amount: good.fare_amount + 100 })],
    ['a trip under way', fareRow({ lines: null, total_amount: null })],
    ['a late cancellation with its fee', cancelled({})],
    ['an early cancellation without one', cancelled({ cancelled_at: soon, fee_amount: 0 })],
    ['a cancellation before a driver', cancelled({ cancelled_from: 'requested', accepted_at: null, fee_amount: 0 })],
    [
      'a rider who did not come',
      cancelled({
        cancelled_from: 'arrived',
        cancelled_by: 'driver',
        arrived_at: accepted,
        cancel_reason: 'rider_no_show',
        fee_amount: 400,
      }),
    ],
  ])('passes %s', (_name, row) => {
    expect(fareProblems(row)).toEqual([]);
  });

  it.each([
    [
      'a fare one cent off',
      fareRow({ fare_amount: good.fare_amount + 1 }),
      [/^its fare is \d+ EUR and recomputes to \d+ EUR$/],
    ],
    ['a breakdown of another distance', fareRow({ distance_m: 9_000 }), [/^its fare is/, /^its breakdown does not/]],
    [
      'a receipt that leaves a line out',
      fareRow({ lines: good.breakdown.slice(1) }),
      [/^its receipt does not begin with its quote$/, /^its lines sum to/],
    ],
    [
      'a second base fare',
      fareRow({ lines: [...good.breakdown, { kind: 'base', amount: eur(0) }] }),
      [/^its receipt adds base to the quote$/],
    ],
    [
      'a tip that is in no total',
      fareRow({ lines: [...good.breakdown, tip] }),
      [/^its lines sum to \d+ EUR, its total is \d+$/],
    ],
    [
      'a fee that is too high',
      cancelled({ fee_amount: 251 }),
      [/^its cancellation fee is 251, the policy says 250 EUR$/],
    ],
    ['a fee without a reason', cancelled({ cancelled_by: 'system', cancel_reason: null }), [/the policy says 0 EUR$/]],
    ['a tariff that nobody knows', fareRow({ tariff_version: 'nowhere.v9' }), [/nowhere\.v9/]],
    ['a policy that nobody knows', cancelled({ policy_version: 'nowhere.v9' }), [/nowhere\.v9/]],
  ])('finds %s', (_name, row, wanted) => {
    const problems = fareProblems(row);
    expect(problems).toHaveLength(wanted.length);
    wanted.forEach((pattern, index) => {
      expect(problems[index]).toMatch(pattern);
    });
  });
});
