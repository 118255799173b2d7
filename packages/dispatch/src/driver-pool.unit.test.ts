import { describe, expect, test } from '@jest/globals';
import { destination, type Point } from '@rideshare/geo';
import { createDriverPool, type DriverSnapshot, type NearbyDriver } from './driver-pool.ts';

const centre: Point = { lat: 41.15, lng: -8.61 };
const east = (metres: number): Point => destination(centre, 90, metres);

function driver(driverId: string, changes: Partial<DriverSnapshot> = {}): DriverSnapshot {
  const recordedAt = new Date('2026-06-01T12:00:00.000Z');
  return { driverId, position: east(500), recordedAt, vehicleClass: 'economy', isAvailable: true, ...changes };
}

describe('createDriverPool', () => {
  test('after a driver moved and another left, knows who is where', () => {
    const pool = createDriverPool([driver('a'), driver('b')]);
    pool.set(driver('a', { position: east(900) }));
    expect(pool.remove('b')).toBe(true);
    expect(pool.remove('b')).toBe(false);
    expect(pool.size).toBe(1);
    expect(pool.get('a')?.position).toStrictEqual(east(900));
    expect(pool.get('b')).toBeUndefined();
    const [nearest, ...others] = pool.around(centre, { radiusM: 1_000, limit: 5 });
    expect(nearest?.driver.driverId).toBe('a');
    expect(nearest?.distanceM).toBeCloseTo(900, 3);
    expect(others).toStrictEqual([]);
  });

  test('of a driver who comes and goes, finds them while they are available and counts them while they are not', () => {
    const pool = createDriverPool([driver('a')]);
    const circle = { radiusM: 1_000, limit: 5 };
    expect([pool.around(centre, circle).length, pool.countBusy(centre, circle)]).toStrictEqual([1, 0]);
    pool.set(driver('a', { isAvailable: false }));
    expect([pool.around(centre, circle).length, pool.countBusy(centre, circle)]).toStrictEqual([0, 1]);
    pool.set(driver('a'));
    expect([pool.around(centre, circle).length, pool.countBusy(centre, circle)]).toStrictEqual([1, 0]);
    pool.set(driver('a', { isAvailable: false }));
    expect(pool.remove('a')).toBe(true);
    expect(pool.countBusy(centre, circle)).toBe(0);
  });

  test('asked for some drivers only, does not let the others use up the limit', () => {
    const pool = createDriverPool([driver('near', { position: east(10) }), driver('far', { position: east(900) })]);
    const accept = ({ driver: { driverId } }: NearbyDriver): boolean => driverId === 'far';
    const found = pool.around(centre, { radiusM: 1_000, limit: 1, accept });
    expect(found.map(({ driver: { driverId } }) => driverId)).toStrictEqual(['far']);
  });
});
