import { describe, expect, test } from '@jest/globals';
import { createInterval } from './interval.ts';

describe('an interval', () => {
  let nowMs = 0;
  const clock = { now: () => new Date(nowMs) };

  test('is due at first, and again when it has passed since it was asked for', () => {
    const interval = createInterval(clock, 1_000);
    expect([interval.isDue(), interval.isDue()]).toEqual([true, true]);
    nowMs += 300; // what is done takes its time
    interval.restart();
    nowMs += 699;
    expect(interval.isDue()).toBe(false);
    nowMs += 1;
    expect(interval.isDue()).toBe(true);
  });

  test('is due when the clock was set back, and not for as long as it was set back by', () => {
    const interval = createInterval(clock, 1_000);
    interval.isDue();
    interval.restart();
    nowMs -= 300_000;
    expect(interval.isDue()).toBe(true);
    interval.restart();
    expect(interval.isDue()).toBe(false);
  });
});
