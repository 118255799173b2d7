import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NearestOptions, Neighbour } from './nearest-search.ts';
import { createPointIndex } from './point-index.ts';
import { distanceM, type Point } from './point.ts';

const worldPoint = fc.record({
  lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 89.9999)),
  lng: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, 180, 179.9999)),
});
const cityPoint = fc.record({
  lat: fc.double({ min: 40.98, max: 41.4, noNaN: true }),
  lng: fc.double({ min: -8.8, max: -8.35, noNaN: true }),
});
// a few metres apart and often on top of each other, to bring about ties and crowded cells
const crowdedPoint = fc.record({
  lat: fc.integer({ min: 0, max: 20 }).map((step) => 41.15 + step * 1e-5),
  lng: fc.integer({ min: 0, max: 20 }).map((step) => -8.61 + step * 1e-5),
});

function bruteForce(
  points: ReadonlyMap<number, Point>,
  centre: Point,
  { limit = Infinity, radiusM = Infinity, accept = () => true }: NearestOptions<number>,
): Neighbour<number>[] {
  return [...points]
    .map(([id, point]) => ({ id, point, distanceM: distanceM(centre, point) }))
    .filter((found) => found.distanceM <= radiusM && accept(found.id, found.distanceM))
    .toSorted((a, b) => a.distanceM - b.distanceM || a.id - b.id)
    .slice(0, limit);
}

describe('createPointIndex, nearest', () => {
  test.each([
    ['all over the Earth', worldPoint, 100_000, 5_000_000],
    ['in the city', cityPoint, 250, 20_000],
    ['in a crowd', crowdedPoint, 1, 30],
  ])('after any adding, moving and removing %s, equals brute force', (_where, point, cellM, radiusM) => {
    const change = fc.record({ id: fc.nat({ max: 90 }), to: fc.option(point, { freq: 5 }) });
    const query = fc.record({
      centre: point,
      limit: fc.option(fc.integer({ min: 0, max: 12 }), { nil: Infinity }),
      radiusM: fc.option(fc.double({ min: 0, max: radiusM, noNaN: true }), { nil: Infinity }),
      odd: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 200 }),
        fc.array(query, { minLength: 1, maxLength: 5 }),
        (changes, queries) => {
          const index = createPointIndex<number>({ cellM });
          const points = new Map<number, Point>();
          for (const { id, to } of changes) {
            if (to) {
              index.set(id, to);
              points.set(id, to);
            } else {
              expect(index.remove(id)).toBe(points.delete(id));
            }
          }
          expect(index.size).toBe(points.size);
          for (const { centre, odd, ...bounds } of queries) {
            const options = { ...bounds, ...(odd ? { accept: (id: number) => id % 2 === 1 } : {}) };
            expect(index.nearest(centre, options)).toEqual(bruteForce(points, centre, options));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('among many in a few cells, equals brute force and stops before the edge of the city', () => {
    const index = createPointIndex<number>();
    const points = new Map<number, Point>();
    for (let id = 0; id < 2_000; id += 1) {
      const point = { lat: 41 + ((id * 7919) % 2000) / 5_000, lng: -8.79 + ((id * 104_729) % 2000) / 5_000 };
      index.set(id, point);
      points.set(id, point);
    }
    const centre = { lat: 41.15, lng: -8.6 };
    let asked = 0;
    const accept = (): boolean => {
      asked += 1;
      return true;
    };
    expect(index.nearest(centre, { limit: 10, radiusM: 3_000, accept })).toStrictEqual(
      bruteForce(points, centre, { limit: 10, radiusM: 3_000 }),
    );
    expect(asked).toBeLessThan(200);
  });

  test('on the antimeridian, finds what is on both sides of it and on either way to write it', () => {
    const index = createPointIndex<string>();
    index.set('west', { lat: 0, lng: 179.9999 });
    index.set('east', { lat: 0, lng: -179.9998 });
    index.set('on', { lat: 0, lng: -180 });
    for (const lng of [180, -180]) {
      const near = { limit: 3, radiusM: 23 };
      expect(index.nearest({ lat: 0, lng }, near).map(({ id }) => id)).toStrictEqual(['on', 'west', 'east']);
    }
  });

  test('with the same distance twice, answers in the order of ids', () => {
    const index = createPointIndex<string>();
    const point = { lat: 41.15, lng: -8.6 };
    for (const id of ['c', 'a', 'b']) index.set(id, point);
    expect(index.nearest(point, { limit: 2 }).map(({ id }) => id)).toStrictEqual(['a', 'b']);
  });
});

describe('createPointIndex', () => {
  test('after a point moved or left, knows where it is', () => {
    const index = createPointIndex<string>();
    index.set('a', { lat: 41.15, lng: -8.6 });
    index.set('a', { lat: 41.16, lng: -8.61 });
    expect(index.get('a')).toStrictEqual({ lat: 41.16, lng: -8.61 });
    expect(index.remove('a')).toBe(true);
    expect(index.get('a')).toBeUndefined();
    expect(index.remove('a')).toBe(false);
    expect(index.nearest({ lat: 41.16, lng: -8.61 })).toStrictEqual([]);
  });

  test('given something that is no position, refuses it', () => {
    const index = createPointIndex<string>();
    expect(() => {
      index.set('a', { lat: 91, lng: 0 });
    }).toThrow('degrees');
    expect(() => {
      index.set('a', { lat: 0, lng: NaN });
    }).toThrow('degrees');
    expect(index.size).toBe(0);
  });

  test('with cells of no size, is refused', () => {
    expect(() => createPointIndex({ cellM: 0 })).toThrow('cell');
  });
});
