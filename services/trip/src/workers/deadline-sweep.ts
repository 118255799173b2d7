import type { Loop, Scheduler } from '@rideshare/kernel';
import { sweepDeadlines } from '../usecases/sweep-deadlines.ts';
import type { SweepDeadlinesDeps } from '../usecases/sweep-deadlines.ts';

/** Ends what has run out, in the process that dispatches. */
export function startDeadlineSweep(
  deps: SweepDeadlinesDeps & {
    readonly scheduler: Scheduler;
    readonly everyMs: number;
    /** Several sweeps at once would do no harm, and no good. */
    readonly isLeader: () => boolean;
    readonly onError: (error: Error, name: string) => void;
  },
): Loop {
  const sweep = () => (deps.isLeader() ? sweepDeadlines(deps) : Promise.resolve(false));
  return deps.scheduler.every('deadline sweep', deps.everyMs, sweep, deps.onError);
}
