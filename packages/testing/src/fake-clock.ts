import type { Clock } from '@rideshare/kernel';

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  advance(byMs: number): void;
  set(to: Date): void;
}

/** A {@link FakeClock}; the usual start is a Sunday noon. */
export function fakeClock(start: Date | string = '2026-03-01T12:00:00.000Z'): FakeClock {
  let nowMs = new Date(start).getTime();
  return {
    now: () => new Date(nowMs),
    advance(byMs) {
      nowMs += byMs;
    },
    set(to) {
      nowMs = to.getTime();
    },
  };
}
