import type { Loop, Scheduler } from '@rideshare/kernel';
import { runOperation } from '../usecases/run-operation.ts';
import type { RunOperationDeps } from '../usecases/run-operation.ts';

/** What the driver of operations works with. */
export interface DriveOperationsDeps extends RunOperationDeps {
  readonly scheduler: Scheduler;
  readonly pace: {
    /** How long after a look that found nothing the next one comes, unless it is woken. */
    readonly intervalMs: number;
    /** Calls to the gateway at the same time. */
    readonly concurrency: number;
  };
}

/**
 * Carries out the operations that are due, several at a time; a slow one holds up none of the others.
 *
 * @remarks `stop` waits for the calls that are under way.
 */
export function startDrivingOperations(deps: DriveOperationsDeps): Loop {
  const { concurrency, intervalMs } = deps.pace;
  const underWay = new Set<Promise<void>>();
  const look = async (): Promise<boolean> => {
    const free = concurrency - underWay.size;
    if (free === 0) return false; // woken again when one ends
    const leasedAt = deps.clock.now();
    const leased = await deps.operations.lease({ limit: free, leaseMs: deps.limits.leaseMs });
    for (const op of leased) {
      const running = runOperation(deps, op, leasedAt).finally(() => {
        underWay.delete(running);
        loop.wake();
      });
      underWay.add(running);
    }
    return false;
  };
  const loop = deps.scheduler.every('drive operations', intervalMs, look, (error, name) => {
    deps.signals.loopFailed(name, error);
  });
  return {
    wake: () => {
      loop.wake();
    },
    async stop() {
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}
