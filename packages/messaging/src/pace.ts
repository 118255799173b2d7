import type { Scheduler } from '@rideshare/kernel';

/**
 * Keeps the rounds of a busy loop `gapMs` apart, so that each finds a batch; the first one after a pause waits for
 * nothing. Without it a steady stream makes a round of every event, at ten times the cost.
 */
export function createPace(scheduler: Scheduler, gapMs: number): (signal?: AbortSignal) => Promise<void> {
  let gap = Promise.resolve();
  return async (signal) => {
    await gap;
    gap = scheduler.sleep(gapMs, signal);
  };
}
