import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 } from 'uuid';
import { toError } from '../errors.ts';
import type { Clock, Ids, Loop, Random, Scheduler } from '../ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** Node's cryptographic randomness for integers, `Math.random` for floats. */
export const systemRandom: Random = { next: () => Math.random(), integer: (below) => randomInt(below) };

/** Fresh UUIDv7s. */
export const systemIds: Ids = { next: () => v7() };

async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(delayMs, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Node's timers. */
export const systemScheduler: Scheduler = {
  sleep,
  every(name, intervalMs, task, onError): Loop {
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
  },
};
