import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lengthM, pointAlong, pointsOf, straightLine } from './line.ts';
import { distanceM } from './point.ts';

const cityPoint = fc.record({
  lat: fc.double({ min: 40.98, max: 41.4, noNaN: true }),
  lng: fc.double({ min: -8.8, max: -8.35, noNaN: true }),
});

describe('straightLine', () => {
  test('through two points, is GeoJSON with the longitude first', () => {
    const points = [
      { lat: 41.15, lng: -8.61 },
      { lat: 41.16, lng: -8.62 },
    ];
    const line = straightLine(points);
    expect(line).toStrictEqual({
      type: 'LineString',
      coordinates: [
        [-8.61, 41.15],
        [-8.62, 41.16],
      ],
    });
    expect(pointsOf(line)).toStrictEqual(points);
  });

  test('through one point, is refused', () => {
    expect(() => straightLine([{ lat: 41, lng: -8 }])).toThrow('at least two points');
  });
});

describe('lengthM', () => {
  test('of no way or a single point, is zero', () => {
    expect(lengthM([])).toBe(0);
    expect(lengthM([{ lat: 41, lng: -8 }])).toBe(0);
  });

  test('of three points, is the sum of both legs', () => {
    fc.assert(
      fc.property(cityPoint, cityPoint, cityPoint, (a, b, c) => {
        expect(lengthM([a, b, c])).toBeCloseTo(distanceM(a, b) + distanceM(b, c), 6);
      }),
    );
  });
});

describe('pointAlong', () => {
  test('at any place of a way, has that much of it behind it', () => {
    fc.assert(
      fc.property(
        fc.array(cityPoint, { minLength: 2, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (way, part) => {
          const metres = lengthM(way) * part;
          const place = pointAlong(way, metres);
          // the leg on which the place lies is the one after the last corner it has passed
          const corners = way.map((_point, index) => lengthM(way.slice(0, index + 1)));
          const passed = corners.findLastIndex((behind) => behind <= metres);
          const corner = way[passed];
          const behind = corners[passed];
          expect(corner && behind !== undefined && behind + distanceM(corner, place)).toBeCloseTo(metres, 2);
        },
      ),
    );
  });

  test('before the start and after the end, stays on the way', () => {
    const way = [
      { lat: 41.15, lng: -8.61 },
      { lat: 41.16, lng: -8.62 },
    ];
    expect(pointAlong(way, -5)).toStrictEqual(way[0]);
    expect(pointAlong(way, 1e9)).toStrictEqual(way[1]);
    expect(pointAlong(way.slice(0, 1), 7)).toStrictEqual(way[0]);
  });

  test('of an empty way or for no number, is refused', () => {
    expect(() => pointAlong([], 1)).toThrow('at least one point');
    expect(() => pointAlong([{ lat: 0, lng: 0 }], NaN)).toThrow('is a number');
  });
});
