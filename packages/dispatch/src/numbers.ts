// Indexed reads of typed arrays that are known to be in range; the fallbacks only satisfy their type.

/** The integer at `index`. */
export function intAt(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}

/** The float at `index`. */
export function floatAt(values: Float64Array, index: number): number {
  return values[index] ?? NaN;
}

/** The number at `index`. */
export function numberAt(values: readonly number[], index: number): number {
  return values[index] ?? NaN;
}
