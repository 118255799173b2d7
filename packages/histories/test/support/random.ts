import type { Random } from '@rideshare/kernel';

/** Mulberry32: small and seeded. */
export function randomFrom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** One of several. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)]!;
}
