import { assert } from '@rideshare/kernel';
import { EARTH_RADIUS_M, RADIANS, type Point } from './point.ts';

/** A box of latitudes and longitudes, edges included. One that crosses the antimeridian has `west > east`. */
export interface Bounds {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

/** Whether `point` lies in the box or on its edge. */
export function contains(bounds: Bounds, point: Point): boolean {
  if (point.lat < bounds.south || point.lat > bounds.north) return false;
  return bounds.west <= bounds.east
    ? point.lng >= bounds.west && point.lng <= bounds.east
    : point.lng >= bounds.west || point.lng <= bounds.east;
}

/**
 * The smallest box around `points` that does not cross the antimeridian.
 *
 * @throws `ASSERTION_FAILED` when there is no point.
 */
export function boundsOf(points: readonly Point[]): Bounds {
  assert(points.length > 0, 'a bounding box needs at least one point');
  let [south, west, north, east] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { lat, lng } of points) {
    south = Math.min(south, lat);
    north = Math.max(north, lat);
    west = Math.min(west, lng);
    east = Math.max(east, lng);
  }
  return { south, west, north, east };
}

/**
 * The smallest box that holds every point within `radiusM` of `centre`.
 *
 * @remarks A meridian is tangent to the circle at `asin(sin(r) / cos(lat))`, not at `r / cos(lat)`; a circle that covers a
 * pole reaches every longitude.
 * @throws `ASSERTION_FAILED` when the radius is negative or not finite.
 */
export function boundsAround(centre: Point, radiusM: number): Bounds {
  assert(Number.isFinite(radiusM) && radiusM >= 0, 'a radius is a finite number of metres, zero or more');
  const angle = radiusM / EARTH_RADIUS_M;
  const south = centre.lat - angle / RADIANS;
  const north = centre.lat + angle / RADIANS;
  if (south <= -90 || north >= 90) {
    return { south: Math.max(-90, south), west: -180, north: Math.min(90, north), east: 180 };
  }
  const reach = Math.asin(Math.min(1, Math.sin(angle) / Math.cos(centre.lat * RADIANS))) / RADIANS;
  const west = centre.lng - reach;
  const east = centre.lng + reach;
  return { south, west: west < -180 ? west + 360 : west, north, east: east > 180 ? east - 360 : east };
}
