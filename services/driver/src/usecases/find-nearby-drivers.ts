import { roundTo4 } from '@rideshare/geo';
import type { Point } from '@rideshare/geo';
import type { Ids } from '@rideshare/kernel';
import type { VehicleClass } from '../domain/driver.ts';
import { straightLineEtaS } from '../domain/positions.ts';
import type { Fleet } from './fleet.ts';
import type { Viewer } from './viewer.ts';

/** A driver as shown on somebody's map. */
export interface ShownDriver {
  readonly id: string;
  readonly location: Point;
  readonly distanceM: number;
  readonly etaS: number;
  readonly vehicleClass: VehicleClass;
}

/**
 * Available drivers around a point, nearest first.
 *
 * @remarks Riders get an alias that is worth nothing after this answer, so that nobody can be followed from one search to
 * the next.
 */
export function findNearbyDrivers(
  { fleet, ids }: { readonly fleet: Pick<Fleet, 'nearest'>; readonly ids: Ids },
  viewer: Viewer,
  query: {
    readonly point: Point;
    readonly radiusM: number;
    readonly limit: number;
    readonly vehicleClass: VehicleClass | undefined;
    readonly at: Date;
  },
): ShownDriver[] {
  return fleet.nearest(query).map((found) => ({
    id: viewer.isAdmin ? found.driverId : ids.next(),
    location: roundTo4(found.point),
    distanceM: Math.round(found.distanceM),
    etaS: straightLineEtaS(found.distanceM),
    vehicleClass: found.vehicleClass,
  }));
}
