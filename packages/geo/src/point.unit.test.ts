import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bearingDeg, destination, distanceM, EARTH_RADIUS_M, moveTowards, roundTo4, type Point } from './point.ts';

const anyPoint = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lng: fc.double({ min: -180, max: 180, noNaN: true }),
});
const cityPoint = fc.record({
  lat: fc.double({ min: 40.98, max: 41.4, noNaN: true }),
  lng: fc.double({ min: -8.8, max: -8.35, noNaN: true }),
});
const quarterM = (EARTH_RADIUS_M * Math.PI) / 2;

describe('distanceM', () => {
  test('between the pole and the equator, is a quarter of a great circle', () => {
    expect(distanceM({ lat: 90, lng: 17 }, { lat: 0, lng: -60 })).toBeCloseTo(quarterM, 3);
  });

  test('between antipodes, is half a great circle although rounding lifts the haversine above one', () => {
    expect(distanceM({ lat: 41.15, lng: -8.61 }, { lat: -41.15, lng: 171.39 })).toBeCloseTo(2 * quarterM, 1);
  });

  test('from the equator to the pole, agrees with the meridian of the WGS 84 ellipsoid to half a per cent', () => {
    const meridianM = 10_001_965.729;
    const onSphereM = distanceM({ lat: 0, lng: -8.6 }, { lat: 90, lng: -8.6 });
    expect(Math.abs(onSphereM / meridianM - 1)).toBeLessThan(0.005);
  });

  test('of any two points, is symmetric, never negative and zero from a point to itself', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, (a, b) => {
        expect(distanceM(a, b)).toBeCloseTo(distanceM(b, a), 6);
        expect(distanceM(a, b)).toBeGreaterThanOrEqual(0);
        expect(distanceM(a, a)).toBe(0);
      }),
    );
  });

  test('of any three points, keeps the triangle inequality', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, anyPoint, (a, b, c) => {
        expect(distanceM(a, c)).toBeLessThanOrEqual(distanceM(a, b) + distanceM(b, c) + 0.5);
      }),
    );
  });
});

describe('bearingDeg', () => {
  const porto: Point = { lat: 41.15, lng: -8.61 };
  test.each([
    ['north', { lat: 41.2, lng: -8.61 }, 0],
    ['south', { lat: 41.1, lng: -8.61 }, 180],
  ])('towards the %s, is exact', (_name, to, expected) => {
    expect(bearingDeg(porto, to)).toBeCloseTo(expected, 9);
  });

  test('along the equator, is east or west', () => {
    expect(bearingDeg({ lat: 0, lng: 0 }, { lat: 0, lng: 1 })).toBeCloseTo(90, 9);
    expect(bearingDeg({ lat: 0, lng: 0 }, { lat: 0, lng: -1 })).toBeCloseTo(270, 9);
  });

  test('of any two points, is in [0, 360)', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, (a, b) => {
        const course = bearingDeg(a, b);
        expect(course).toBeGreaterThanOrEqual(0);
        expect(course).toBeLessThan(360);
      }),
    );
  });
});

describe('destination', () => {
  test('from any point, lies as far away as asked', () => {
    fc.assert(
      fc.property(
        anyPoint,
        fc.double({ min: 0, max: 360, noNaN: true }),
        fc.double({ min: 0, max: quarterM, noNaN: true }),
        (from, courseDeg, metres) => {
          const to = destination(from, courseDeg, metres);
          expect(Math.abs(distanceM(from, to) - metres)).toBeLessThan(0.5);
          expect(Math.abs(to.lng)).toBeLessThanOrEqual(180);
        },
      ),
    );
  });

  test('across the antimeridian, comes out on the other side', () => {
    expect(destination({ lat: 0, lng: 179.99 }, 90, 5_000).lng).toBeLessThan(-179.9);
  });

  test('for a negative distance, is refused', () => {
    expect(() => destination({ lat: 0, lng: 0 }, 0, -1)).toThrow('finite number of metres');
  });
});

describe('moveTowards', () => {
  test('short of the target, covers the metres asked and comes nearer by as much', () => {
    fc.assert(
      fc.property(cityPoint, cityPoint, fc.double({ min: 0, max: 0.999, noNaN: true }), (from, target, part) => {
        const whole = distanceM(from, target);
        const to = moveTowards(from, target, whole * part);
        expect(distanceM(from, to)).toBeCloseTo(whole * part, 3);
        expect(distanceM(to, target)).toBeCloseTo(whole * (1 - part), 3);
      }),
    );
  });

  test('at or past the target, stops on it', () => {
    const target = { lat: 41.16, lng: -8.6 };
    expect(moveTowards({ lat: 41.15, lng: -8.6 }, target, 5_000)).toBe(target);
    expect(moveTowards(target, target, 0)).toBe(target);
  });
});

describe('roundTo4', () => {
  test('of any point in the city, moves it by less than eight metres and never to minus zero', () => {
    fc.assert(
      fc.property(cityPoint, (point) => {
        expect(distanceM(point, roundTo4(point))).toBeLessThan(8);
      }),
    );
    expect(roundTo4({ lat: -0.00001, lng: 8.123449 })).toStrictEqual({ lat: 0, lng: 8.1234 });
  });
});
