import type { Loop, Scheduler } from '@rideshare/kernel';
import { purgeExpired } from '../usecases/purge-expired.ts';

/** What is deleted has been useless for hours; minutes more do not matter. */
const INTERVAL_MS = 600_000;

/** Starts the loop that keeps the tables from growing for ever. */
export function startPurgeExpired(
  deps: Parameters<typeof purgeExpired>[0] & { readonly scheduler: Scheduler },
  onError: (error: Error, name: string) => void,
): Loop {
  return deps.scheduler.every('purge-expired', INTERVAL_MS, () => purgeExpired(deps), onError);
}
