import type { Loop, Scheduler } from '@rideshare/kernel';
import type { Signals } from '../usecases/ports.ts';

/** Something that runs in the background between `start` and `stop`. */
export interface BackgroundLoop {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs `step` every `intervalMs`, at once again while it says that there is more; a failure is told and tried again. */
export function createLoop(
  { scheduler, signals }: { readonly scheduler: Scheduler; readonly signals: Pick<Signals, 'failed'> },
  name: string,
  intervalMs: number,
  step: () => Promise<boolean>,
): BackgroundLoop {
  let loop: Loop | undefined;
  return {
    start() {
      loop = scheduler.every(name, intervalMs, step, (error) => {
        signals.failed(name, error);
      });
      return Promise.resolve();
    },
    async stop() {
      await loop?.stop();
    },
  };
}
