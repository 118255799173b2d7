import type { Loop, Scheduler } from '@rideshare/kernel';
import { keepHouse } from '../usecases/keep-house.ts';

/** Nothing grows much in an hour, and nobody waits for it. */
const EVERY_MS = 3_600_000;

/** Purges outdated rows now and then. */
export function startHousekeeping(
  deps: Parameters<typeof keepHouse>[0] & {
    readonly scheduler: Scheduler;
    readonly onError: (error: Error, name: string) => void;
  },
): Loop {
  const purge = async (): Promise<boolean> => {
    await keepHouse(deps);
    return false;
  };
  return deps.scheduler.every('housekeeping', EVERY_MS, purge, deps.onError);
}
