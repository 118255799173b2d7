import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundsAround, boundsOf, contains } from './bounds.ts';
import { destination } from './point.ts';

const box = { south: 40.98, west: -8.8, north: 41.4, east: -8.35 };

describe('contains', () => {
  test.each([
    ['the middle', { lat: 41.15, lng: -8.6 }, true],
    ['a corner', { lat: 41.4, lng: -8.35 }, true],
    ['north of it', { lat: 41.41, lng: -8.6 }, false],
    ['south of it', { lat: 40.97, lng: -8.6 }, false],
    ['west of it', { lat: 41.15, lng: -8.81 }, false],
    ['east of it', { lat: 41.15, lng: -8.34 }, false],
  ])('of %s, answers as drawn', (_name, point, expected) => {
    expect(contains(box, point)).toBe(expected);
  });

  test('of a box across the antimeridian, takes both sides of it and nothing else', () => {
    const pacific = { south: -10, west: 170, north: 10, east: -170 };
    expect(contains(pacific, { lat: 0, lng: 175 })).toBe(true);
    expect(contains(pacific, { lat: 0, lng: -175 })).toBe(true);
    expect(contains(pacific, { lat: 0, lng: 0 })).toBe(false);
  });
});

describe('boundsOf', () => {
  test('of some points, is the tightest box around them', () => {
    expect(
      boundsOf([
        { lat: 41.2, lng: -8.7 },
        { lat: 41.1, lng: -8.5 },
        { lat: 41.15, lng: -8.6 },
      ]),
    ).toStrictEqual({ south: 41.1, west: -8.7, north: 41.2, east: -8.5 });
  });

  test('of no point, is refused', () => {
    expect(() => boundsOf([])).toThrow('at least one point');
  });
});

describe('boundsAround', () => {
  test('of any circle, holds every point in it', () => {
    fc.assert(
      fc.property(
        fc.record({
          lat: fc.double({ min: -89.9, max: 89.9, noNaN: true }),
          lng: fc.double({ min: -180, max: 180, noNaN: true }),
        }),
        fc.double({ min: 0, max: 2_000_000, noNaN: true }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.double({ min: 0, max: 360, noNaN: true }),
        (centre, radiusM, part, courseDeg) => {
          const inside = destination(centre, courseDeg, radiusM * part);
          const { south, west, north, east } = boundsAround(centre, radiusM);
          // destination rounds by less than a millimetre
          const slack = 1e-8;
          expect(
            contains({ south: south - slack, west: west - slack, north: north + slack, east: east + slack }, inside),
          ).toBe(true);
        },
      ),
    );
  });

  test('of a circle over the pole, takes every longitude', () => {
    expect(boundsAround({ lat: 89.99, lng: 20 }, 5_000)).toMatchObject({ west: -180, east: 180, north: 90 });
  });

  test('of a circle over the antimeridian, has its west in the east', () => {
    const around = boundsAround({ lat: 0, lng: 179.99 }, 5_000);
    expect(around.west).toBeGreaterThan(around.east);
    const back = boundsAround({ lat: 0, lng: -179.99 }, 5_000);
    expect(back.west).toBeGreaterThan(back.east);
  });

  test('of a radius that is not a number, is refused', () => {
    expect(() => boundsAround({ lat: 0, lng: 0 }, NaN)).toThrow('radius');
  });
});
