import { assert } from '@rideshare/kernel';
import {
  indexedPoint,
  NearestSearch,
  type IndexedPoint,
  type NearestOptions,
  type Neighbour,
  type PointId,
} from './nearest-search.ts';
import { EARTH_RADIUS_M, RADIANS, type Point } from './point.ts';

// An index of moving points: a hash table of grid cells whose lists are threaded through typed arrays.
//
// A point lives in one slot; adding, moving and removing are O(1). A search visits the cells around the query ring by
// ring and stops as soon as nothing outside the rings seen so far can be nearer than what it has. When the rings have
// cost more than the rest of the points would, the rest is scanned instead, so a thin fleet costs no more than twice
// brute force. Two cells may share a list, so a visit compares the cell of each point it meets.
//
// Most points met are too far. They are told by the chord between unit vectors, which needs no trigonometry; whatever
// passes is measured by the haversine, as `distanceM` would.

/** Points that move, searched by distance. */
export interface PointIndex<Id extends PointId> {
  readonly size: number;
  /**
   * Adds the point or moves it.
   *
   * @throws `ASSERTION_FAILED` when the coordinates are not degrees of latitude and longitude.
   */
  set(id: Id, point: Point): void;
  /** False when it was not there. */
  remove(id: Id): boolean;
  get(id: Id): Point | undefined;
  /**
   * The nearest points, nearest first, by great-circle distance; equal distances by id.
   *
   * @remarks Exact: the answer is that of measuring every point.
   */
  nearest(point: Point, options?: NearestOptions<Id>): Neighbour<Id>[];
}

/** How a {@link PointIndex} is laid out. */
export interface PointIndexOptions {
  /**
   * Height of a cell in metres. Small cells suit crowds, large ones a thin fleet; the answers are the same.
   * Default 400.
   */
  readonly cellM?: number;
}

const NONE = -1;
const FIRST_CAPACITY = 64;
const STRIDE = 4;
const ROW = 0;
const COLUMN = 1;
const NEXT = 2;
const PREVIOUS = 3;
// Distances and the bounds of rings are rounded differently; a micrometre is far above that and below any use.
const SLACK_M = 1e-6;
// Visiting an empty cell costs about as much as looking at this many points in a row.
const CELL_COST = 2;

/**
 * An empty index. It grows as needed and holds its memory until it is dropped.
 *
 * @throws `ASSERTION_FAILED` for cells below one metre or above one hundred kilometres.
 */
export function createPointIndex<Id extends PointId>(options: PointIndexOptions = {}): PointIndex<Id> {
  return new GridPointIndex<Id>(options.cellM ?? 400);
}

class GridPointIndex<Id extends PointId> implements PointIndex<Id> {
  readonly #rowDeg: number;
  readonly #columnDeg: number;
  readonly #columns: number;
  readonly #slots = new Map<Id, number>();
  readonly #entries: (IndexedPoint<Id> | undefined)[] = [];
  readonly #free: number[] = [];
  /** Of each slot x, y, z and one unused; side by side, since a search of a crowd waits for memory more than it computes. */
  #vectors = new Float64Array(STRIDE * FIRST_CAPACITY);
  /** Of each slot ROW, COLUMN, NEXT and PREVIOUS. */
  #links = new Int32Array(STRIDE * FIRST_CAPACITY);
  /** First slot of each list; four times as many lists as slots, a power of two. */
  #heads = new Int32Array(4 * FIRST_CAPACITY).fill(NONE);

  constructor(cellM: number) {
    assert(cellM >= 1 && cellM <= 100_000, 'a cell is between one metre and one hundred kilometres high');
    this.#rowDeg = cellM / (EARTH_RADIUS_M * RADIANS);
    this.#columns = Math.round(360 / this.#rowDeg);
    this.#columnDeg = 360 / this.#columns;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(id: Id): Point | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined ? undefined : this.#entries[slot]?.point;
  }

  set(id: Id, { lat, lng }: Point): void {
    assert(Math.abs(lat) <= 90 && Math.abs(lng) <= 180, 'a point is given in degrees of latitude and longitude');
    const known = this.#slots.get(id);
    const slot = known ?? this.#take(id);
    const entry = indexedPoint(id, { lat, lng });
    this.#entries[slot] = entry;
    this.#vectors[slot * STRIDE] = entry.x;
    this.#vectors[slot * STRIDE + 1] = entry.y;
    this.#vectors[slot * STRIDE + 2] = entry.z;
    const row = this.#row(lat);
    const column = this.#column(lng);
    if (known !== undefined) {
      if (this.#at(slot, ROW) === row && this.#at(slot, COLUMN) === column) return;
      this.#unlink(slot);
    }
    this.#put(slot, ROW, row);
    this.#put(slot, COLUMN, column);
    this.#link(slot);
  }

  remove(id: Id): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) return false;
    this.#unlink(slot);
    this.#slots.delete(id);
    this.#entries[slot] = undefined;
    this.#free.push(slot);
    return true;
  }

  nearest(point: Point, options: NearestOptions<Id> = {}): Neighbour<Id>[] {
    const search = new NearestSearch<Id>(point, options);
    const row = this.#row(point.lat);
    const column = this.#column(point.lng);
    let cellsSeen = 0;
    for (let ring = 0; ; ring += 1) {
      if (cellsSeen * CELL_COST > this.size || 2 * ring + 1 >= this.#columns) {
        this.#scanBeyond(search, row, column, ring);
        return search.found;
      }
      cellsSeen += this.#visitRing(search, row, column, ring);
      if (this.#beyondM(point, row, column, ring) - SLACK_M > search.reachM) return search.found;
    }
  }

  #visitRing(search: NearestSearch<Id>, row: number, column: number, ring: number): number {
    if (ring === 0) {
      this.#visitCell(search, row, column);
      return 1;
    }
    for (let across = -ring; across <= ring; across += 1) {
      this.#visitCell(search, row - ring, column + across);
      this.#visitCell(search, row + ring, column + across);
    }
    for (let up = 1 - ring; up < ring; up += 1) {
      this.#visitCell(search, row + up, column - ring);
      this.#visitCell(search, row + up, column + ring);
    }
    return 8 * ring;
  }

  #visitCell(search: NearestSearch<Id>, row: number, column: number): void {
    // columns wrap around at the antimeridian; rows beyond a pole hold nothing
    const wrapped = column < 0 ? column + this.#columns : column >= this.#columns ? column - this.#columns : column;
    let slot = intAt(this.#heads, this.#list(row, wrapped));
    while (slot !== NONE) {
      if (this.#at(slot, ROW) === row && this.#at(slot, COLUMN) === wrapped) this.#offer(search, slot);
      slot = this.#at(slot, NEXT);
    }
  }

  /** Measures every point that no ring below `ring` has held. */
  #scanBeyond(search: NearestSearch<Id>, row: number, column: number, ring: number): void {
    for (const slot of this.#slots.values()) {
      const apart = Math.abs(this.#at(slot, COLUMN) - column);
      const across = Math.min(apart, this.#columns - apart);
      const up = Math.abs(this.#at(slot, ROW) - row);
      if (Math.max(across, up) >= ring) this.#offer(search, slot);
    }
  }

  #offer(search: NearestSearch<Id>, slot: number): void {
    const vectors = this.#vectors;
    const at = slot * STRIDE;
    if (search.isBeyondReach(floatAt(vectors, at), floatAt(vectors, at + 1), floatAt(vectors, at + 2))) return;
    const entry = this.#entries[slot];
    if (entry !== undefined) search.offer(entry);
  }

  /**
   * A lower bound of the distance from `point` to anything outside the square of rings up to `ring`.
   *
   * What lies outside is beyond one of four sides: to a parallel it is the difference in latitude, to a meridian the
   * great circle that meets it at a right angle, whatever the latitude of the point there.
   */
  #beyondM(point: Point, row: number, column: number, ring: number): number {
    const north = (row + ring + 1) * this.#rowDeg - 90 - point.lat;
    const south = point.lat + 90 - (row - ring) * this.#rowDeg;
    const east = (column + ring + 1) * this.#columnDeg - 180 - point.lng;
    const west = point.lng + 180 - (column - ring) * this.#columnDeg;
    const side = Math.min(90, east, west) * RADIANS;
    const meridian = Math.asin(Math.cos(point.lat * RADIANS) * Math.sin(side));
    return EARTH_RADIUS_M * Math.min(north * RADIANS, south * RADIANS, meridian);
  }

  #row(lat: number): number {
    return Math.floor((lat + 90) / this.#rowDeg);
  }

  #column(lng: number): number {
    // the antimeridian itself, written as 180, belongs to the last column, so that no column reaches around the Earth
    return Math.min(this.#columns - 1, Math.floor((lng + 180) / this.#columnDeg));
  }

  /** Which list a cell is in; the factors are the golden ratio's and a Murmur finaliser's, which spread neighbours. */
  #list(row: number, column: number): number {
    const mixed = Math.imul(row, 0x9e3779b1) ^ Math.imul(column, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (this.#heads.length - 1);
  }

  #at(slot: number, field: number): number {
    return intAt(this.#links, slot * STRIDE + field);
  }

  #put(slot: number, field: number, value: number): void {
    this.#links[slot * STRIDE + field] = value;
  }

  #take(id: Id): number {
    const slot = this.#free.pop() ?? this.#entries.length;
    if (slot * STRIDE >= this.#links.length) this.#grow();
    this.#slots.set(id, slot);
    return slot;
  }

  #link(slot: number): void {
    const list = this.#list(this.#at(slot, ROW), this.#at(slot, COLUMN));
    const head = intAt(this.#heads, list);
    this.#put(slot, PREVIOUS, NONE);
    this.#put(slot, NEXT, head);
    if (head !== NONE) this.#put(head, PREVIOUS, slot);
    this.#heads[list] = slot;
  }

  #unlink(slot: number): void {
    const next = this.#at(slot, NEXT);
    const previous = this.#at(slot, PREVIOUS);
    if (next !== NONE) this.#put(next, PREVIOUS, previous);
    if (previous !== NONE) this.#put(previous, NEXT, next);
    else this.#heads[this.#list(this.#at(slot, ROW), this.#at(slot, COLUMN))] = next;
  }

  #grow(): void {
    const used = this.#links.length / STRIDE;
    this.#vectors = copyInto(new Float64Array(2 * this.#vectors.length), this.#vectors);
    this.#links = copyInto(new Int32Array(2 * this.#links.length), this.#links);
    this.#heads = new Int32Array(2 * this.#heads.length).fill(NONE);
    for (let slot = 0; slot < used; slot += 1) this.#link(slot);
  }
}

function copyInto<Numbers extends Float64Array | Int32Array>(wider: Numbers, numbers: Numbers): Numbers {
  wider.set(numbers);
  return wider;
}

// Slots are always within the arrays; the fallbacks only satisfy the type of an indexed access.
function intAt(values: Int32Array, index: number): number {
  return values[index] ?? NONE;
}

function floatAt(values: Float64Array, index: number): number {
  return values[index] ?? NaN;
}
