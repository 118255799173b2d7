import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 } from 'uuid';
import { loopsOn } from '../loop.ts';
import type { Clock, Ids, Random, Scheduler } from '../ports.ts';

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
export const systemScheduler: Scheduler = { sleep, every: loopsOn(sleep) };
