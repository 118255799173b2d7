import { floatAt, intAt } from './numbers.ts';

const ABSENT = -1;

/**
 * A binary heap of columns by distance, nearest first and at equal distances the lower column first, with a decrease-key.
 *
 * @internal
 */
export class ColumnHeap {
  readonly #distance: Float64Array;
  readonly #columns: Int32Array;
  readonly #place: Int32Array;
  #size = 0;

  /** `distance` is shared with the caller, who lowers an entry and then calls {@link raise}. */
  constructor(distance: Float64Array) {
    this.#distance = distance;
    this.#columns = new Int32Array(distance.length);
    this.#place = new Int32Array(distance.length).fill(ABSENT);
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** The nearest column; only when not empty. */
  get first(): number {
    return intAt(this.#columns, 0);
  }

  /** Adds a column, or moves it up after its distance has become smaller. */
  raise(column: number): void {
    let place = intAt(this.#place, column);
    if (place === ABSENT) {
      place = this.#size;
      this.#size += 1;
    }
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = intAt(this.#columns, parent);
      if (!this.#isBefore(column, above)) break;
      this.#settle(above, place);
      place = parent;
    }
    this.#settle(column, place);
  }

  /** Takes the nearest column away; only when not empty. */
  removeFirst(): void {
    this.#place[this.first] = ABSENT;
    this.#size -= 1;
    if (this.#size === 0) return;
    const column = intAt(this.#columns, this.#size);
    let place = 0;
    for (let child = 1; child < this.#size; child = 2 * place + 1) {
      const left = intAt(this.#columns, child);
      const right = intAt(this.#columns, child + 1);
      const isRight = child + 1 < this.#size && this.#isBefore(right, left);
      const below = isRight ? right : left;
      if (!this.#isBefore(below, column)) break;
      this.#settle(below, place);
      place = isRight ? child + 1 : child;
    }
    this.#settle(column, place);
  }

  clear(): void {
    for (let place = 0; place < this.#size; place += 1) this.#place[intAt(this.#columns, place)] = ABSENT;
    this.#size = 0;
  }

  #settle(column: number, place: number): void {
    this.#columns[place] = column;
    this.#place[column] = place;
  }

  #isBefore(a: number, b: number): boolean {
    const distanceA = floatAt(this.#distance, a);
    const distanceB = floatAt(this.#distance, b);
    return distanceA < distanceB || (distanceA === distanceB && a < b);
  }
}
