import type { Loop, Scheduler } from '@rideshare/kernel';
import type { RequestMemory, Signals } from '../usecases/ports.ts';

// answers are kept for three days at least; whether one lives an hour longer is nobody's concern
const INTERVAL_MS = 3_600_000;

/** Forgets the answers to old requests, and the webhooks nobody repeats any more, every hour. */
export function startPurgingRequests(deps: {
  readonly scheduler: Scheduler;
  readonly memory: RequestMemory;
  readonly signals: Pick<Signals, 'loopFailed'>;
}): Loop {
  return deps.scheduler.every(
    'purge requests',
    INTERVAL_MS,
    async () => {
      await deps.memory.purge();
      return false;
    },
    (error, name) => {
      deps.signals.loopFailed(name, error);
    },
  );
}
