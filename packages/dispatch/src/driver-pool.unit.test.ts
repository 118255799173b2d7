import { describe, expect, test } from '@jest/globals';
import { destination, type Point } from '@rideshare/geo';
import { createDriverPool, type DriverSnapshot, type NearbyDriver } from './driver-pool.ts';

const circle = { radiusM: 1_000, limit: 5, serves: () => true };
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
    const [nearest, ...others] = pool.around(centre, circle);
    expect(nearest?.driver.driverId).toBe('a');
    expect(nearest?.distanceM).toBeCloseTo(900, 3);
    expect(others).toStrictEqual([]);
  });

  test('of a driver who comes and goes, finds them while they are available and counts them while they are not', () => {
    const pool = createDriverPool([driver('a')]);
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
    const found = pool.around(centre, { ...circle, limit: 1, accept });
    expect(found.map(({ driver: { driverId } }) => driverId)).toStrictEqual(['far']);
  });

  test('of several classes, merges those that serve and counts the others', () => {
    const metres = [100, 200, 300, 400, 500, 600];
    const classes = ['economy', 'xl', 'comfort'];
    const drivers = metres.map((metre, index) =>
      driver(String(metre), { position: east(metre), vehicleClass: classes[index % 3] ?? '' }),
    );
    const pool = createDriverPool(drivers);
    const serves = (vehicleClass: string): boolean => vehicleClass !== 'economy';
    const found = pool.around(centre, { radiusM: 1_000, limit: 3, serves });
    expect(found.map(({ driver: { driverId } }) => driverId)).toStrictEqual(['200', '300', '500']);
    expect(pool.countUnfit(centre, { radiusM: 350, limit: 5, serves })).toBe(1);
    expect(pool.countUnfit(centre, { ...circle, limit: 3, serves: () => false })).toBe(3);
  });

  test('of a driver who changes the vehicle, knows the new one only', () => {
    const pool = createDriverPool([driver('a')]);
    pool.set(driver('a', { vehicleClass: 'xl' }));
    expect(pool.around(centre, circle)).toHaveLength(1);
    expect(pool.around(centre, { ...circle, serves: (vehicleClass) => vehicleClass === 'economy' })).toStrictEqual([]);
  });
});
