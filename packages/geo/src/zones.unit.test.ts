import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains } from './bounds.ts';
import { cities, cityAt, cityById } from './cities.ts';
import { destination, distanceM } from './point.ts';
import { ELSEWHERE, zoneBounds, zoneOf, zonesOfCity, zonesWithin } from './zones.ts';

// whole 1e-7 degrees: what zones are counted in
const cityPoint = fc.record({
  lat: fc.integer({ min: 409_800_000, max: 414_000_000 }).map((value) => value / 1e7),
  lng: fc.integer({ min: -88_000_000, max: -83_500_000 }).map((value) => value / 1e7),
});

describe('cityAt', () => {
  test('of the service area and its edge, is Porto, in euro', () => {
    expect(cityAt({ lat: 41.1579, lng: -8.6291 })).toMatchObject({ id: 'porto', currency: 'EUR' });
    expect(cityAt({ lat: 40.98, lng: -8.8 })?.id).toBe('porto');
  });

  test('of Lisbon, is nothing', () => {
    expect(cityAt({ lat: 38.7223, lng: -9.1393 })).toBeUndefined();
    expect(cityById('lisbon')).toBeUndefined();
  });
});

describe('zoneOf', () => {
  test.each([
    [{ lat: 40.98, lng: -8.8 }, 'porto:0:0'],
    [{ lat: 41.025, lng: -8.74 }, 'porto:1:1'],
    [{ lat: 41.1579, lng: -8.6291 }, 'porto:3:2'],
    [{ lat: 41.4, lng: -8.35 }, 'porto:9:7'],
    [{ lat: 38.7223, lng: -9.1393 }, ELSEWHERE],
  ])('of %j, keeps its published name', (point, zone) => {
    expect(zoneOf(point)).toBe(zone);
  });

  test('of any point in the city, is one of its zones and holds the point', () => {
    const zones = new Set(zonesOfCity('porto'));
    fc.assert(
      fc.property(cityPoint, (point) => {
        const zone = zoneOf(point);
        expect(zones.has(zone)).toBe(true);
        const bounds = zoneBounds(zone);
        expect(bounds && contains(bounds, point)).toBe(true);
      }),
    );
  });
});

describe('zonesOfCity', () => {
  test('of Porto, tiles the service area with 80 zones of about five kilometres', () => {
    const zones = zonesOfCity('porto');
    expect(zones).toHaveLength(80);
    const first = zoneBounds('porto:0:0');
    expect(first).toBeDefined();
    if (!first) return;
    const { south, west, north, east } = first;
    expect(distanceM({ lat: south, lng: west }, { lat: north, lng: west })).toBeCloseTo(5_004, 0);
    expect(distanceM({ lat: north, lng: west }, { lat: north, lng: east })).toBeCloseTo(5_033, 0);
  });

  test('of every city, ends at the corner of its service area', () => {
    for (const city of cities) {
      const last = zonesOfCity(city.id).at(-1);
      expect(last && zoneBounds(last)).toMatchObject({ north: city.serviceArea.north, east: city.serviceArea.east });
    }
  });

  test('of a city that is not served, is empty', () => {
    expect(zonesOfCity('atlantis')).toStrictEqual([]);
  });
});

describe('zonesWithin', () => {
  test('of any circle in the city, misses no zone that a point of it lies in', () => {
    fc.assert(
      fc.property(
        cityPoint,
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 360, noNaN: true }),
        (centre, radiusM, part, courseDeg) => {
          const zone = zoneOf(destination(centre, courseDeg, radiusM * part));
          if (zone !== ELSEWHERE) expect(zonesWithin(centre, radiusM)).toContain(zone);
        },
      ),
    );
  });

  test('of a circle of no size, is the zone of its centre', () => {
    expect(zonesWithin({ lat: 41.1579, lng: -8.6291 }, 0)).toStrictEqual(['porto:3:2']);
  });

  test.each([
    ['south', { lat: 38.7, lng: -8.6 }],
    ['north', { lat: 43, lng: -8.6 }],
    ['west', { lat: 41.1, lng: -10 }],
    ['east', { lat: 41.1, lng: -7 }],
  ])('of a circle %s of every city, is empty', (_side, centre) => {
    expect(zonesWithin(centre, 1_000)).toStrictEqual([]);
  });
});

describe('zoneBounds', () => {
  test.each(['elsewhere', 'porto', 'porto:10:0', 'porto:0:8', 'lisbon:0:0', 'porto:-1:0', 'porto:1e1:0'])(
    'of %s, which is no zone, is nothing',
    (name) => {
      expect(zoneBounds(name)).toBeUndefined();
    },
  );
});
