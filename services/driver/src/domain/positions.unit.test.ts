import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FRESH_MS, FUTURE_TOLERANCE_MS, isFresh, siftPoints, straightLineEtaS } from './positions.ts';
import type { ReportedPoint } from './positions.ts';

const now = new Date('2026-06-01T12:00:00.000Z');
const pointAt = (offsetMs: number): ReportedPoint => ({
  point: { lat: 41.15, lng: -8.61 },
  recordedAt: new Date(+now + offsetMs),
  headingDeg: null,
  speedMps: null,
  accuracyM: null,
});

describe('siftPoints', () => {
  it('given points out of order, takes the latest and counts all that are news', () => {
    const sifted = siftPoints([pointAt(-2_000), pointAt(-9_000), pointAt(-4_000)], pointAt(-5_000).recordedAt, now);
    expect(sifted).toMatchObject({ accepted: 2, ignored: 1, newest: pointAt(-2_000) });
  });

  it('given what is known already, ignores it', () => {
    expect(siftPoints([pointAt(-5_000)], pointAt(-5_000).recordedAt, now)).toMatchObject({
      accepted: 0,
      ignored: 1,
      newest: undefined,
    });
  });

  it('given two points of one instant, counts one', () => {
    expect(siftPoints([pointAt(0), pointAt(0)], undefined, now)).toMatchObject({ accepted: 1, ignored: 1 });
  });

  it('given a clock that is fast, believes it for half a minute', () => {
    expect(siftPoints([pointAt(FUTURE_TOLERANCE_MS)], undefined, now).accepted).toBe(1);
    expect(siftPoints([pointAt(FUTURE_TOLERANCE_MS + 1)], undefined, now).accepted).toBe(0);
  });

  it('whatever is reported, accounts for every point and never goes back in time', () => {
    const offsets = fc.array(fc.integer({ min: -60_000, max: 60_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(offsets, fc.option(fc.integer({ min: -60_000, max: 60_000 })), (reported, known) => {
        const knownAt = known === null ? undefined : new Date(+now + known);
        const sifted = siftPoints(reported.map(pointAt), knownAt, now);
        expect(sifted.accepted + sifted.ignored).toBe(reported.length);
        expect(sifted.newest === undefined).toBe(sifted.accepted === 0);
        if (sifted.newest && knownAt) expect(sifted.newest.recordedAt > knownAt).toBe(true);
      }),
    );
  });
});

it('isFresh, two minutes later, is still true; then no longer', () => {
  expect(isFresh(pointAt(-FRESH_MS), now)).toBe(true);
  expect(isFresh(pointAt(-FRESH_MS - 1), now)).toBe(false);
});

it('straightLineEtaS, given a distance, is never zero for one that is not', () => {
  expect(straightLineEtaS(0)).toBe(0);
  expect(straightLineEtaS(1)).toBe(1);
  expect(straightLineEtaS(7_000)).toBe(1_300);
});
