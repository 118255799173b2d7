import { createPointIndex, type Point } from '@rideshare/geo';

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
  /** The drivers nearest to `point` by great circle, nearest first, equal distances by id. */
  around(point: Point, options: { readonly radiusM: number; readonly limit: number }): NearbyDriver[];
}

/** A pool of these drivers. */
export function createDriverPool(drivers: Iterable<DriverSnapshot> = []): DriverPool {
  const index = createPointIndex<string>();
  const known = new Map<string, DriverSnapshot>();
  const set = (driver: DriverSnapshot): void => {
    index.set(driver.driverId, driver.position);
    known.set(driver.driverId, driver);
  };
  for (const driver of drivers) set(driver);
  return {
    get size() {
      return known.size;
    },
    set,
    remove(driverId) {
      index.remove(driverId);
      return known.delete(driverId);
    },
    get: (driverId) => known.get(driverId),
    around: (point, options) =>
      index.nearest(point, options).flatMap(({ id, distanceM }) => {
        const driver = known.get(id);
        return driver ? [{ driver, distanceM }] : [];
      }),
  };
}
