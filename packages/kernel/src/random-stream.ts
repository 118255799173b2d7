/**
 * Seeded randomness: each agent and purpose draws from a stream of its own, so that what one of them does next does not
 * depend on how the others were scheduled.
 */
export interface RandomStream {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  integer(below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A float in [from, to). */
  between(from: number, to: number): number;
  /** About normal: mean 0, deviation 1. */
  normal(): number;
}

// FNV-1a, 32 bits
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/** The stream of `names` under `seed`. The generator is mulberry32; it decides nothing but what pretend people do. */
export function randomStream(seed: number, ...names: readonly (string | number)[]): RandomStream {
  let state = hash([seed, ...names].join('/'));
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(next() * below);
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    between: (from, to) => from + (to - from) * next(),
    // the sum of twelve uniform numbers has deviation 1 and is normal enough for hot spots
    normal: () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6),
  };
}
