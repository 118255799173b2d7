import type { Loop, Scheduler } from '@rideshare/kernel';
import type { Dispatcher } from '../usecases/dispatch/dispatcher.ts';

/** Runs one dispatch window after the other. */
export function startDispatch(deps: {
  readonly dispatcher: Dispatcher;
  readonly scheduler: Scheduler;
  /** Requests are collected for so long, so that they are matched together. */
  readonly windowMs: number;
  readonly onError: (error: Error, name: string) => void;
}): { stop(): Promise<void> } {
  const { dispatcher, scheduler, windowMs, onError } = deps;
  const window = async (): Promise<boolean> => {
    await dispatcher.runWindow();
    return false;
  };
  const loop: Loop = scheduler.every('dispatch window', windowMs, window, onError);
  return {
    async stop() {
      await loop.stop();
      await dispatcher.resign();
    },
  };
}
