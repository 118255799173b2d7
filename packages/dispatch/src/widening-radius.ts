import { assert } from '@rideshare/kernel';

/** How the search for a driver grows with its age. */
export interface Widening {
  readonly startM: number;
  /** Added each time {@link everyS} seconds have passed. */
  readonly stepM: number;
  readonly everyS: number;
  readonly maxM: number;
}

/**
 * Four kilometres at once, two more every ten seconds, at most twenty: a search of two minutes spends its last forty seconds
 * on the widest circle.
 */
export const defaultWidening: Widening = { startM: 4_000, stepM: 2_000, everyS: 10, maxM: 20_000 };

/**
 * How far to look for a driver for a request of that age, in metres. Never shrinks.
 *
 * @throws `ASSERTION_FAILED` when the age is not a number.
 */
export function wideningRadius(ageS: number, widening: Widening = defaultWidening): number {
  assert(!Number.isNaN(ageS), 'the age of a request is a number of seconds');
  const { startM, stepM, everyS, maxM } = widening;
  // a request from the future (clocks differ) is a fresh one
  const steps = Math.floor(Math.max(0, ageS) / everyS);
  return Math.min(maxM, startM + steps * stepM);
}
