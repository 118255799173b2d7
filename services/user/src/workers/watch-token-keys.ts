import type { Loop, Scheduler } from '@rideshare/kernel';
import { reloadTokenKeys } from '../usecases/reload-token-keys.ts';

/** A key that is published as `next` for minutes has to be seen within seconds. */
const INTERVAL_MS = 5_000;

/** Starts the loop that notices new token keys without a restart. */
export function startWatchTokenKeys(
  deps: Parameters<typeof reloadTokenKeys>[0] & { readonly scheduler: Scheduler },
  onError: (error: Error, name: string) => void,
): Loop {
  return deps.scheduler.every(
    'watch-token-keys',
    INTERVAL_MS,
    async () => {
      await reloadTokenKeys(deps);
      return false;
    },
    onError,
  );
}
