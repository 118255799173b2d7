import { toError } from './errors.ts';
import type { Loop, Scheduler } from './ports.ts';

// with a reason of its own a signal need not make an error each time, and loops are woken often
const WOKEN = 'woken';

/** Loops as {@link Scheduler.every} promises them, for a scheduler that can `sleep`. */
export function loopsOn(sleep: Scheduler['sleep']): Scheduler['every'] {
  return (name, intervalMs, task, onError): Loop => {
    const stopping = new AbortController();
    const isStopping = (): boolean => stopping.signal.aborted;
    let waiting = new AbortController();
    let wakes = 0;
    const run = async (): Promise<void> => {
      while (!isStopping()) {
        const seen = wakes;
        const more = await task(stopping.signal).catch((error: unknown) => {
          onError(toError(error), name);
          return false;
        });
        // a wake during the run is a reason to run again: what it announced may have come too late for this one
        if (more === true || wakes !== seen || isStopping()) continue;
        waiting = new AbortController();
        await sleep(intervalMs, waiting.signal);
      }
    };
    const ended = run();
    return {
      wake() {
        wakes += 1;
        waiting.abort(WOKEN);
      },
      async stop() {
        stopping.abort(WOKEN);
        waiting.abort(WOKEN);
        await ended;
      },
    };
  };
}
