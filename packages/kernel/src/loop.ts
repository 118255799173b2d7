import { toError } from './errors.ts';
import type { Loop, Scheduler } from './ports.ts';

/** Loops as {@link Scheduler.every} promises them, for a scheduler that can `sleep`. */
export function loopsOn(sleep: Scheduler['sleep']): Scheduler['every'] {
  return (name, intervalMs, task, onError): Loop => {
    const stopping = new AbortController();
    let waiting = new AbortController();
    let wakes = 0;
    const run = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const seen = wakes;
        const more = await task(stopping.signal).catch((error: unknown) => {
          onError(toError(error), name);
          return false;
        });
        // a wake during the run is a reason to run again: what it announced may have come too late for this one
        if (more === true || wakes !== seen) continue;
        waiting = new AbortController();
        await sleep(intervalMs, AbortSignal.any([stopping.signal, waiting.signal]));
      }
    };
    const ended = run();
    return {
      wake() {
        wakes += 1;
        waiting.abort();
      },
      async stop() {
        stopping.abort();
        await ended;
      },
    };
  };
}
