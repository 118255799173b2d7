import type { Loop, Scheduler } from '@rideshare/kernel';
import type { LiveStreams } from '../usecases/live-streams.ts';

const TICK_MS = 1_000;

/** One heartbeat for all live streams. */
export function startKeepStreams(
  deps: { readonly streams: LiveStreams; readonly scheduler: Scheduler },
  onError: (error: Error, name: string) => void,
): Loop {
  const tick = (): Promise<boolean> => {
    deps.streams.tick();
    return Promise.resolve(false);
  };
  return deps.scheduler.every('live streams', TICK_MS, tick, onError);
}
