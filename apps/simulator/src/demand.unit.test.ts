import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldOntoOneDay, generateDemand } from './demand.ts';
import type { RideWish } from './demand.ts';

const DAY_S = 86_400;

function first(count: number, seed: number, ratePerS: number): RideWish[] {
  const wishes: RideWish[] = [];
  for (const wish of generateDemand(seed, ratePerS)) {
    wishes.push(wish);
    if (wishes.length === count) break;
  }
  return wishes;
}

describe('generateDemand', () => {
  it('wishes the same for the same seed, in the order of time', () => {
    const wishes = first(200, 11, 0.5);
    expect(first(200, 11, 0.5)).toEqual(wishes);
    expect(first(200, 12, 0.5)).not.toEqual(wishes);
    expect(wishes.map(({ index }) => index)).toEqual(wishes.map((_wish, index) => index));
    expect(wishes.every(({ atS }, index) => atS >= (wishes[index - 1]?.atS ?? 0))).toBe(true);
  });

  it('wishes as often as it is told', () => {
    const wishes = first(5_000, 3, 2);
    expect(5_000 / (wishes.at(-1)?.atS ?? 1)).toBeCloseTo(2, 0);
  });

  it('stays in the city', () => {
    for (const { destination, pickup } of first(2_000, 5, 1)) {
      for (const { lat, lng } of [pickup, destination]) {
        expect(Math.abs(lat - 41.18)).toBeLessThan(0.1);
        expect(Math.abs(lng + 8.63)).toBeLessThan(0.12);
      }
    }
  });
});

describe('foldOntoOneDay', () => {
  const place = { lat: 41.1, lng: -8.6 };
  const trips = fc.array(
    fc.nat({ max: 2_000_000_000 }).map((startedAtS) => ({ startedAtS, pickup: place, destination: place })),
  );

  it('keeps every trip, begins at zero, ends within a day and is in order', () => {
    fc.assert(
      fc.property(trips, (recorded) => {
        const wishes = foldOntoOneDay(recorded);
        expect(wishes).toHaveLength(recorded.length);
        if (recorded.length > 0) expect(wishes[0]?.atS).toBe(0);
        wishes.forEach(({ atS, index }, at) => {
          expect(index).toBe(at);
          expect(atS).toBeGreaterThanOrEqual(wishes[at - 1]?.atS ?? 0);
          expect(atS).toBeLessThan(DAY_S);
        });
      }),
    );
  });

  it('puts the same hour of two days side by side', () => {
    const at = (startedAtS: number) => ({ startedAtS, pickup: place, destination: place });
    expect(foldOntoOneDay([at(DAY_S * 9 + 100), at(50), at(DAY_S * 2 + 70)]).map(({ atS }) => atS)).toEqual([
      0, 20, 50,
    ]);
  });
});
