import { assert } from '@rideshare/kernel';
import { EARTH_RADIUS_M, haversineM, RADIANS, type Point } from './point.ts';

/** Ids are ordered by `<` to break ties in distance. */
export type PointId = string | number;

/** A point found by {@link PointIndex.nearest}. */
export interface Neighbour<Id extends PointId> {
  readonly id: Id;
  readonly point: Point;
  readonly distanceM: number;
}

/** What {@link PointIndex.nearest} looks for. */
export interface NearestOptions<Id extends PointId> {
  /** How many at most. Default: all. */
  readonly limit?: number;
  /** How far at most, in metres, inclusive. Default: anywhere. */
  readonly radiusM?: number;
  /**
   * Whether a point counts. Asked at most once for each point, in no particular order, and only about points that would
   * be among the answers.
   */
  readonly accept?: (id: Id, distanceM: number) => boolean;
}

/** A point as the index keeps it: what measuring it takes is computed once. */
export interface IndexedPoint<Id extends PointId> {
  readonly id: Id;
  readonly point: Point;
  readonly latRad: number;
  readonly lngRad: number;
  readonly cosLat: number;
  /** The unit vector from the centre of the Earth. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Prepares a point for measuring. */
export function indexedPoint<Id extends PointId>(id: Id, point: Point): IndexedPoint<Id> {
  const latRad = point.lat * RADIANS;
  const lngRad = point.lng * RADIANS;
  const cosLat = Math.cos(latRad);
  return {
    id,
    point,
    latRad,
    lngRad,
    cosLat,
    x: cosLat * Math.cos(lngRad),
    y: cosLat * Math.sin(lngRad),
    z: Math.sin(latRad),
  };
}

// How much the chord of two unit vectors may be off by rounding: 1e-7 of it, and some centimetres where it is tiny.
const CHORD_MARGIN = 1 + 1e-7;
const CHORD_SLACK = 1e-8;

/** One search under way: the best so far, in order, and how far it is still worth looking. */
export class NearestSearch<Id extends PointId> {
  readonly found: Neighbour<Id>[] = [];
  readonly #centre: IndexedPoint<0>;
  readonly #limit: number;
  readonly #accept: NearestOptions<Id>['accept'];
  #reachM = Infinity;
  #reachChordSquared = Infinity;

  constructor(point: Point, { limit = Infinity, radiusM = Infinity, accept }: NearestOptions<Id>) {
    assert(!Number.isNaN(radiusM) && !Number.isNaN(limit), 'a radius and a limit are numbers');
    this.#centre = indexedPoint(0, point);
    this.#limit = limit;
    this.#accept = accept;
    this.#narrow(radiusM);
  }

  /** Nothing farther than this can be among the answers. */
  get reachM(): number {
    return this.#reachM;
  }

  /** Whether the point of this unit vector is certainly too far; cheap, and may say no although it is. */
  isBeyondReach(x: number, y: number, z: number): boolean {
    const dx = x - this.#centre.x;
    const dy = y - this.#centre.y;
    const dz = z - this.#centre.z;
    return dx * dx + dy * dy + dz * dz > this.#reachChordSquared;
  }

  offer({ id, point, latRad, lngRad, cosLat }: IndexedPoint<Id>): void {
    const centre = this.#centre;
    const distanceM = haversineM(centre.latRad, centre.lngRad, centre.cosLat, latRad, lngRad, cosLat);
    if (distanceM > this.#reachM) return;
    const candidate = { id, point, distanceM };
    const place = this.#placeOf(candidate);
    if (place >= this.#limit || this.#accept?.(id, distanceM) === false) return;
    this.found.splice(place, 0, candidate);
    if (this.found.length > this.#limit) this.found.pop();
    const worst = this.found.at(-1);
    if (worst !== undefined && this.found.length === this.#limit) this.#narrow(worst.distanceM);
  }

  #narrow(reachM: number): void {
    this.#reachM = reachM;
    const half = Math.min(reachM / (2 * EARTH_RADIUS_M), Math.PI / 2);
    const chord = 2 * Math.sin(half) * CHORD_MARGIN + CHORD_SLACK;
    this.#reachChordSquared = chord * chord;
  }

  #placeOf(candidate: Neighbour<Id>): number {
    let low = 0;
    let high = this.found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.found[middle];
      if (other !== undefined && isBefore(other, candidate)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore<Id extends PointId>(a: Neighbour<Id>, b: Neighbour<Id>): boolean {
  return a.distanceM < b.distanceM || (a.distanceM === b.distanceM && a.id < b.id);
}
