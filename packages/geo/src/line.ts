import { assert } from '@rideshare/kernel';
import { distanceM, moveTowards, type Point } from './point.ts';

/** A GeoJSON line (RFC 7946): positions are `[lng, lat]`, the other way round than in {@link Point}. */
export interface LineString {
  readonly type: 'LineString';
  readonly coordinates: [number, number][];
}

/**
 * The GeoJSON line through `points` in their order.
 *
 * @throws `ASSERTION_FAILED` for fewer than two points, which RFC 7946 does not allow.
 */
export function straightLine(points: readonly Point[]): LineString {
  assert(points.length >= 2, 'a line has at least two points');
  return { type: 'LineString', coordinates: points.map(({ lat, lng }): [number, number] => [lng, lat]) };
}

/** The points of a GeoJSON line. */
export function pointsOf(line: LineString): Point[] {
  return line.coordinates.map(([lng, lat]) => ({ lat, lng }));
}

/** The length of the way through `points`, in metres; zero for none or one. */
export function lengthM(points: readonly Point[]): number {
  let length = 0;
  let here = points[0];
  for (const next of points) {
    if (here !== undefined) length += distanceM(here, next);
    here = next;
  }
  return length;
}

/**
 * The point `metres` along the way through `points`: the first for anything not above zero, the last from its end on.
 *
 * @throws `ASSERTION_FAILED` when there is no point or `metres` is not a number.
 */
export function pointAlong(points: readonly Point[], metres: number): Point {
  const first = points[0];
  assert(first !== undefined, 'a way has at least one point');
  assert(!Number.isNaN(metres), 'a distance along a way is a number');
  let here = first;
  let left = Math.max(0, metres);
  for (const next of points.slice(1)) {
    const leg = distanceM(here, next);
    if (left < leg) return moveTowards(here, next, left);
    left -= leg;
    here = next;
  }
  return here;
}
