import { createPointIndex, type Point } from '@rideshare/geo';
import { assert } from '@rideshare/kernel';

/** What dispatch knows of a driver. */
export interface DriverSnapshot {
  readonly driverId: string;
  readonly position: Point;
  /** When the driver was there. */
  readonly recordedAt: Date;
  readonly vehicleClass: string;
  /** Whether the driver's slot is open for an offer. */
  readonly isAvailable: boolean;
}

/** A driver and how far away they are. */
export interface NearbyDriver {
  readonly driver: DriverSnapshot;
  readonly distanceM: number;
}

/** The drivers a dispatcher may choose from, by place. It holds what it is given: which news is newer is the caller's to know. */
export interface DriverPool {
  readonly size: number;
  /** Adds the driver, or replaces all that is known of them. */
  set(driver: DriverSnapshot): void;
  /** False when they were not there. */
  remove(driverId: string): boolean;
  get(driverId: string): DriverSnapshot | undefined;
  /** The available drivers nearest to `point` by great circle, nearest first, equal distances by id. */
  around(point: Point, options: Circle & { readonly accept?: (near: NearbyDriver) => boolean }): NearbyDriver[];
  /** How many drivers of that circle are not available, up to its limit. */
  countBusy(point: Point, circle: Circle): number;
}

/** How far to look, and at how many. */
export interface Circle {
  readonly radiusM: number;
  readonly limit: number;
}

/** A pool of these drivers. */
export function createDriverPool(drivers: Iterable<DriverSnapshot> = []): DriverPool {
  // apart, since at a busy hour most are not available, and would be met again in every search
  const available = createPointIndex<string>();
  const busy = createPointIndex<string>();
  const known = new Map<string, DriverSnapshot>();
  const set = (driver: DriverSnapshot): void => {
    const [to, from] = driver.isAvailable ? [available, busy] : [busy, available];
    from.remove(driver.driverId);
    to.set(driver.driverId, driver.position);
    known.set(driver.driverId, driver);
  };
  const nearOf = (driverId: string, distanceM: number): NearbyDriver => {
    const driver = known.get(driverId);
    assert(driver, 'whoever has a place is known');
    return { driver, distanceM };
  };
  for (const driver of drivers) set(driver);
  return {
    get size() {
      return known.size;
    },
    set,
    remove(driverId) {
      available.remove(driverId);
      busy.remove(driverId);
      return known.delete(driverId);
    },
    get: (driverId) => known.get(driverId),
    around: (point, { radiusM, limit, accept = () => true }) =>
      available
        .nearest(point, { radiusM, limit, accept: (id, distanceM) => accept(nearOf(id, distanceM)) })
        .map(({ id, distanceM }) => nearOf(id, distanceM)),
    countBusy: (point, circle) => busy.nearest(point, circle).length,
  };
}
