import { AppError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';

// how late a limit may be noticed
const TICK_MS = 250;

/** Gives each piece of work the same time, with one timer for all of them: most take a millisecond of it. */
export interface TimeLimit {
  /** @throws `HANDLER_TIMED_OUT`; the work itself goes on, unheard. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the clock. */
  close(): void;
}

/** A limit of `limitMs`, noticed up to a quarter of a second late. */
export function createTimeLimit(scheduler: Scheduler, limitMs: number): TimeLimit {
  const expiries = new Map<symbol, { ticksLeft: number; readonly expire: () => void }>();
  const closing = new AbortController();
  let ticking = false;
  const tick = async (): Promise<void> => {
    ticking = true;
    while (expiries.size > 0 && !closing.signal.aborted) {
      await scheduler.sleep(TICK_MS, closing.signal);
      for (const each of expiries.values()) {
        each.ticksLeft -= 1;
        if (each.ticksLeft <= 0) each.expire();
      }
    }
    ticking = false;
  };
  return {
    async run(work) {
      const id = Symbol('work');
      const expired = new Promise<never>((_resolve, reject) => {
        const expire = () => {
          expiries.delete(id);
          reject(new AppError('HANDLER_TIMED_OUT', 'timeout', `no end after ${String(limitMs)} ms`));
        };
        expiries.set(id, { ticksLeft: Math.ceil(limitMs / TICK_MS), expire });
      });
      if (!ticking) void tick();
      try {
        return await Promise.race([work(), expired]);
      } finally {
        expiries.delete(id);
      }
    },
    close: () => {
      closing.abort();
    },
  };
}
