import type { Loop, Scheduler } from '@rideshare/kernel';
import type { CityViewers } from '../usecases/city-viewers.ts';

/** Five times a second; the page moves everything in between. */
const SHARE_MS = 200;

/** Hands the city's changes to its viewers. */
export function startShareCity(
  deps: { readonly viewers: CityViewers; readonly scheduler: Scheduler },
  onError: (error: Error, name: string) => void,
): Loop {
  const share = (): Promise<boolean> => {
    deps.viewers.share();
    return Promise.resolve(false);
  };
  return deps.scheduler.every('city', SHARE_MS, share, onError);
}
