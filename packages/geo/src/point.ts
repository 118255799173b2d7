import { assert } from '@rideshare/kernel';

/** A position in WGS 84 degrees. */
export interface Point {
  readonly lat: number;
  readonly lng: number;
}

/**
 * The mean radius of the Earth, in metres.
 *
 * @remarks R1 = (2a + b) / 3 of the GRS 80 ellipsoid (H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy 74,
 * 2000). Distances on this sphere differ from those on the ellipsoid by at most about 0.5 %.
 */
export const EARTH_RADIUS_M = 6_371_008.8;

/** Radians in a degree. */
export const RADIANS = Math.PI / 180;

/**
 * Great-circle distance between two positions in radians; the cosines of the latitudes are passed in, since a search
 * computes them once per point.
 *
 * @internal
 */
export function haversineM(latA: number, lngA: number, cosA: number, latB: number, lngB: number, cosB: number): number {
  const sinLat = Math.sin((latB - latA) / 2);
  const sinLng = Math.sin((lngB - lngA) / 2);
  const squared = sinLat * sinLat + cosA * cosB * sinLng * sinLng;
  // rounding lifts antipodal points a hair above one, where asin has no value
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, squared)));
}

/**
 * Great-circle distance in metres, by the haversine formula on a sphere of {@link EARTH_RADIUS_M}.
 *
 * @remarks The formula stays exact for points a few centimetres apart (R. W. Sinnott, "Virtues of the Haversine", Sky and
 * Telescope 68, 1984), which the spherical law of cosines does not.
 */
export function distanceM(a: Point, b: Point): number {
  const latA = a.lat * RADIANS;
  const latB = b.lat * RADIANS;
  return haversineM(latA, a.lng * RADIANS, Math.cos(latA), latB, b.lng * RADIANS, Math.cos(latB));
}

/** The compass course at which the great circle from `from` to `to` sets out: 0 is north, 90 east; in [0, 360). */
export function bearingDeg(from: Point, to: Point): number {
  const latA = from.lat * RADIANS;
  const latB = to.lat * RADIANS;
  const turn = (to.lng - from.lng) * RADIANS;
  const east = Math.sin(turn) * Math.cos(latB);
  const north = Math.cos(latA) * Math.sin(latB) - Math.sin(latA) * Math.cos(latB) * Math.cos(turn);
  const degrees = (Math.atan2(east, north) / RADIANS + 360) % 360;
  return degrees === 0 ? 0 : degrees;
}

/**
 * The point `distance` metres from `from` on the great circle that sets out at `courseDeg`.
 *
 * @throws `ASSERTION_FAILED` when the distance is negative or not finite.
 */
export function destination(from: Point, courseDeg: number, distance: number): Point {
  assert(Number.isFinite(distance) && distance >= 0, 'a distance is a finite number of metres, zero or more');
  const lat = from.lat * RADIANS;
  const course = courseDeg * RADIANS;
  const angle = distance / EARTH_RADIUS_M;
  const sine = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(course);
  const latTo = Math.asin(Math.max(-1, Math.min(1, sine)));
  const turn = Math.atan2(
    Math.sin(course) * Math.sin(angle) * Math.cos(lat),
    Math.cos(angle) - Math.sin(lat) * Math.sin(latTo),
  );
  return { lat: latTo / RADIANS, lng: normaliseLng(from.lng + turn / RADIANS) };
}

/**
 * The point reached from `from` after `metres` on the way to `target`; never beyond it.
 *
 * @throws `ASSERTION_FAILED` when `metres` is negative or not finite.
 */
export function moveTowards(from: Point, target: Point, metres: number): Point {
  if (metres >= distanceM(from, target)) return target;
  return destination(from, bearingDeg(from, target), metres);
}

/** The point with both coordinates rounded to four decimals, about eleven metres: what a stranger may see of a position. */
export function roundTo4(point: Point): Point {
  return { lat: round4(point.lat), lng: round4(point.lng) };
}

function round4(degrees: number): number {
  const rounded = Math.round(degrees * 1e4) / 1e4;
  return rounded === 0 ? 0 : rounded;
}

function normaliseLng(degrees: number): number {
  if (degrees >= -180 && degrees <= 180) return degrees;
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
