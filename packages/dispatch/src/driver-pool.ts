import { createPointIndex, type Point, type PointIndex } from '@rideshare/geo';
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
  around(point: Point, search: DriverSearch): NearbyDriver[];
  /** How many available drivers of that circle have a vehicle that does not serve, up to its limit. */
  countUnfit(point: Point, circle: Circle & Pick<DriverSearch, 'serves'>): number;
  /** How many drivers of that circle are not available, up to its limit. */
  countBusy(point: Point, circle: Circle): number;
}

/** How far to look, and at how many. */
export interface Circle {
  readonly radiusM: number;
  readonly limit: number;
}

/** Which drivers to look for. */
export interface DriverSearch extends Circle {
  readonly serves: (vehicleClass: string) => boolean;
  /** Whether one of those counts. Default: all do. */
  readonly accept?: (near: NearbyDriver) => boolean;
}

/** A pool of these drivers. */
export function createDriverPool(drivers: Iterable<DriverSnapshot> = []): DriverPool {
  const known = new Map<string, DriverSnapshot>();
  // Apart from one another, since most drivers are busy when many ask, and some classes are rare: in one index the few who
  // could come would be searched for among all who cannot.
  const busy = createPointIndex<string>();
  const available = new Map<string, PointIndex<string>>();
  const indexOf = ({ isAvailable, vehicleClass }: DriverSnapshot): PointIndex<string> => {
    if (!isAvailable) return busy;
    const index = available.get(vehicleClass) ?? createPointIndex<string>();
    available.set(vehicleClass, index);
    return index;
  };
  const set = (driver: DriverSnapshot): void => {
    const before = known.get(driver.driverId);
    const index = indexOf(driver);
    if (before && indexOf(before) !== index) indexOf(before).remove(driver.driverId);
    index.set(driver.driverId, driver.position);
    known.set(driver.driverId, driver);
  };
  const nearOf = (driverId: string, distanceM: number): NearbyDriver => {
    const driver = known.get(driverId);
    assert(driver, 'whoever has a place is known');
    return { driver, distanceM };
  };
  const ofClasses = (isWanted: (vehicleClass: string) => boolean): PointIndex<string>[] =>
    [...available].filter(([vehicleClass]) => isWanted(vehicleClass)).map(([, index]) => index);
  for (const driver of drivers) set(driver);
  return {
    get size() {
      return known.size;
    },
    set,
    remove(driverId) {
      const before = known.get(driverId);
      if (before) indexOf(before).remove(driverId);
      return known.delete(driverId);
    },
    get: (driverId) => known.get(driverId),
    around: (point, { radiusM, limit, serves, accept = () => true }) =>
      ofClasses(serves)
        .flatMap((index) =>
          index.nearest(point, { radiusM, limit, accept: (id, distanceM) => accept(nearOf(id, distanceM)) }),
        )
        .sort((a, b) => a.distanceM - b.distanceM || (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(({ id, distanceM }) => nearOf(id, distanceM)),
    countUnfit: (point, { radiusM, limit, serves }) => {
      const found = ofClasses((vehicleClass) => !serves(vehicleClass)).map(
        (index) => index.nearest(point, { radiusM, limit }).length,
      );
      return Math.min(
        limit,
        found.reduce((sum, count) => sum + count, 0),
      );
    },
    countBusy: (point, circle) => busy.nearest(point, circle).length,
  };
}
