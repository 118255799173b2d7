import { availableParallelism } from 'node:os';
import type { Clock } from '@rideshare/kernel';
import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import { overloaded } from '../domain/errors.ts';
import type { PasswordPool } from '../usecases/ports.ts';

/** A pool that can be looked at. */
export interface BoundedPasswordPool extends PasswordPool {
  /** Passwords that wait for their turn. */
  waiting(): number;
}

/** One core at the least stays free of passwords, and more than two at a time serve no real crowd. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.min(2, availableParallelism() - 1));

/** Whoever waits longer is told to come back: the queue is meant for bursts, and its tail would only add to a flood. */
const WAIT_MAX_MS = 3_000;

/**
 * Lets `concurrency` passwords be worked on at a time and `queueMax` wait. Each takes a core and 19 MiB for its time; what
 * comes beyond is refused at once, so that a flood of sign-ins slows sign-ins and nothing else.
 */
export function createPasswordPool(limits: {
  readonly concurrency?: number | undefined;
  readonly queueMax: number;
  readonly clock: Clock;
}): BoundedPasswordPool {
  const policy = bulkhead(limits.concurrency ?? DEFAULT_CONCURRENCY, limits.queueMax);
  return {
    async run(work) {
      const arrivedMs = limits.clock.now().getTime();
      try {
        return await policy.execute(() => {
          if (limits.clock.now().getTime() - arrivedMs > WAIT_MAX_MS) throw overloaded();
          return work();
        });
      } catch (error) {
        throw isBulkheadRejectedError(error) ? overloaded() : error;
      }
    },
    waiting: () => limits.queueMax - policy.queueSlots,
  };
}
