import type { Loop, Scheduler } from '@rideshare/kernel';
import { sweepGoals } from '../usecases/sweep-goals.ts';
import type { SweepGoalsDeps } from '../usecases/sweep-goals.ts';
import type { Signals } from '../usecases/ports.ts';

/** Asks about payments that have been on hold for long, every so often. */
export function startSweepingGoals(
  deps: SweepGoalsDeps & {
    readonly scheduler: Scheduler;
    readonly signals: Pick<Signals, 'loopFailed'>;
    readonly intervalMs: number;
  },
): Loop {
  return deps.scheduler.every(
    'sweep goals',
    deps.intervalMs,
    (signal) => sweepGoals(deps, signal),
    (error, name) => {
      deps.signals.loopFailed(name, error);
    },
  );
}
