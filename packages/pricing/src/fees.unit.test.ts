import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cancellationFee, isNoShowDue, RIDER_NO_SHOW, waitingFee, type Cancellation } from './fees.ts';
import { policyByVersion } from './find-policy.ts';
import { tariffByVersion } from './find-tariff.ts';

const policy = policyByVersion('porto.policy.v1');
const tariff = tariffByVersion('porto.tariff.v1');
const start = new Date('2026-06-01T12:00:00.000Z');
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);
const fee = (cancellation: Partial<Cancellation>): number =>
  cancellationFee(policy, {
    cancelledBy: 'rider',
    status: 'accepted',
    acceptedAt: start,
    arrivedAt: null,
    at: after(1_000),
    reason: 'changed_plans',
    ...cancellation,
  }).amount;

describe('cancellationFee, by the rider', () => {
  test.each([
    ['before anybody accepted', { status: 'requested', acceptedAt: null }, 0],
    ['at once after the acceptance', { at: start }, 0],
    ['at the end of the free time', { at: after(120) }, 0],
    ['a millisecond after the free time', { at: after(120.001) }, 250],
    ['while the driver waits', { status: 'arrived', arrivedAt: after(900) }, 250],
  ] as const)('%s, is as published', (_when, cancellation, expected) => {
    expect(fee(cancellation)).toBe(expected);
  });

  test('with the reason of a no-show, is the fee of a rider all the same', () => {
    expect(fee({ reason: RIDER_NO_SHOW, status: 'arrived', arrivedAt: start })).toBe(250);
  });
});

describe('cancellationFee, by the driver', () => {
  const noShow = { cancelledBy: 'driver', status: 'arrived', reason: RIDER_NO_SHOW, arrivedAt: start } as const;

  test.each([
    ['because the rider did not come', noShow, 400],
    ['because the rider did not come, just in time', { ...noShow, at: after(300) }, 400],
    ['because the rider did not come, too early', { ...noShow, at: after(299.999) }, 0],
    ['for another reason', { ...noShow, reason: 'vehicle_trouble' }, 0],
    ['on the way to the pickup', { ...noShow, status: 'accepted', arrivedAt: null }, 0],
  ] as const)('%s, is as published', (_why, cancellation, expected) => {
    expect(fee(cancellation)).toBe(expected);
  });
});

describe('cancellationFee', () => {
  test.each(['system', 'admin'] as const)('by the %s, is nothing', (cancelledBy) => {
    expect(fee({ cancelledBy, status: 'in_progress' })).toBe(0);
    expect(fee({ cancelledBy, status: 'arrived', arrivedAt: start })).toBe(0);
  });

  test('at a time that is none, is refused', () => {
    expect(() => fee({ at: new Date(NaN) })).toThrow('valid times');
  });
});

describe('isNoShowDue', () => {
  test('before the driver arrived, is false', () => {
    expect(isNoShowDue(policy, null, after(9_999))).toBe(false);
  });

  test('five minutes after arriving, is true', () => {
    expect(isNoShowDue(policy, start, after(299))).toBe(false);
    expect(isNoShowDue(policy, start, after(300))).toBe(true);
  });
});

describe('waitingFee', () => {
  const waited = (seconds: number, vehicleClass: 'economy' | 'xl' = 'economy'): number =>
    waitingFee(policy, { tariff, vehicleClass, arrivedAt: start, startedAt: after(seconds) }).amount;

  test.each([
    [0, 0],
    [120, 0],
    [120.9, 0],
    [121, 0],
    [122, 1],
    [180, 20],
    [225, 35],
    [720, 200],
  ])('after %d s in economy, is %d', (seconds, expected) => {
    expect(waited(seconds)).toBe(expected);
  });

  test('in a dearer class, is by its own price', () => {
    expect(waited(180, 'xl')).toBe(35);
  });

  test('when the clock of the start is behind that of the arrival, is nothing', () => {
    expect(waited(-5)).toBe(0);
  });

  test('for longer waiting, is never less', () => {
    fc.assert(
      fc.property(fc.nat({ max: 7_200 }), fc.nat({ max: 600 }), (seconds, more) => {
        expect(waited(seconds + more)).toBeGreaterThanOrEqual(waited(seconds));
      }),
    );
  });
});
