import { availableParallelism } from 'node:os';
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

/**
 * Lets `concurrency` passwords be worked on at a time and `queueMax` wait. Each takes a core and 19 MiB for its time; what
 * comes beyond is refused at once, so that a flood of sign-ins slows sign-ins and nothing else.
 */
export function createPasswordPool(limits: {
  readonly concurrency?: number | undefined;
  readonly queueMax: number;
}): BoundedPasswordPool {
  const policy = bulkhead(limits.concurrency ?? DEFAULT_CONCURRENCY, limits.queueMax);
  return {
    async run(work) {
      try {
        return await policy.execute(() => work());
      } catch (error) {
        throw isBulkheadRejectedError(error) ? overloaded() : error;
      }
    },
    waiting: () => limits.queueMax - policy.queueSlots,
  };
}
