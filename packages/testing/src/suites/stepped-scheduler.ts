import { toError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import { systemScheduler } from '@rideshare/kernel/system';

/** A scheduler whose loops run only when a test says so. */
export interface SteppedScheduler extends Scheduler {
  /** Runs every loop whose name begins with `prefix` until it has nothing more to do; returns what failed. */
  step(prefix?: string): Promise<Error[]>;
}

interface Task {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<boolean | undefined>;
  readonly stopping: AbortController;
}

/** Loops on command; sleeping takes real time, so that time limits inside a loop hold. */
export function steppedScheduler(): SteppedScheduler {
  const tasks = new Set<Task>();
  const stepTask = async ({ run, stopping }: Task): Promise<Error | undefined> => {
    try {
      while (!stopping.signal.aborted && (await run(stopping.signal)) === true);
      return undefined;
    } catch (error) {
      return toError(error);
    }
  };
  return {
    sleep: (delayMs, signal) => systemScheduler.sleep(delayMs, signal),
    every(name, _intervalMs, run) {
      const task = { name, run, stopping: new AbortController() };
      tasks.add(task);
      return {
        wake: () => undefined,
        stop: () => {
          task.stopping.abort();
          tasks.delete(task);
          return Promise.resolve();
        },
      };
    },
    async step(prefix = '') {
      const failures: Error[] = [];
      for (const task of [...tasks].filter(({ name }) => name.startsWith(prefix))) {
        const failure = await stepTask(task);
        if (failure) failures.push(failure);
      }
      return failures;
    },
  };
}
