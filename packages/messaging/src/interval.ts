import type { Clock } from '@rideshare/kernel';

/** Something to be done now and then, by a clock that may be set. */
export interface Interval {
  /** Whether it is time: at first, after the interval, and when the clock was set back meanwhile. */
  isDue(): boolean;
  /** It has been done: the interval begins where {@link Interval.isDue} was asked last. */
  restart(): void;
}

/** An {@link Interval} of `everyMs`. */
export function createInterval(clock: Clock, everyMs: number): Interval {
  let lastMs: number | undefined;
  let askedMs = 0;
  return {
    isDue() {
      askedMs = clock.now().getTime();
      return lastMs === undefined || askedMs < lastMs || askedMs >= lastMs + everyMs;
    },
    restart() {
      lastMs = askedMs;
    },
  };
}
