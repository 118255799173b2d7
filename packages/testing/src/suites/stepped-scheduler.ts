import { setImmediate as turn } from 'node:timers/promises';
import { toError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import { systemScheduler } from '@rideshare/kernel/system';
import { fakeClock } from '../fake-clock.ts';
import type { FakeClock } from '../fake-clock.ts';

/** A scheduler whose loops run only when a test says so. */
export interface SteppedScheduler extends Scheduler {
  readonly clock: FakeClock;
  /** Runs every loop whose name begins with `prefix` until it has nothing more to do; returns what failed. */
  step(prefix?: string): Promise<Error[]>;
  /** Lets time pass on the clock: whoever has slept long enough by it need not sleep on, and gets a turn. */
  pass(byMs: number): Promise<void>;
  /** How many are asleep. */
  readonly sleeping: number;
  /** How long has been slept, all in all. */
  readonly sleptMs: number;
}

interface Task {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<boolean | undefined>;
  readonly stopping: AbortController;
}

/** Sleepers that are woken by real time or by the test's, whichever comes first. */
function createSleepers(clock: FakeClock) {
  const sleepers = new Map<AbortController, number>();
  let sleptMs = 0;
  return {
    count: () => sleepers.size,
    sleptMs: () => sleptMs,
    async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
      const waking = new AbortController();
      sleepers.set(waking, clock.now().getTime() + delayMs);
      await systemScheduler.sleep(delayMs, signal ? AbortSignal.any([signal, waking.signal]) : waking.signal);
      sleepers.delete(waking);
      if (signal?.aborted !== true) sleptMs += delayMs;
    },
    wake(untilMs: number): void {
      for (const [waking, dueMs] of sleepers) if (dueMs <= untilMs) waking.abort();
    },
  };
}

/** Loops on command; sleeping takes real time unless the test lets it pass, so that time limits inside a loop hold. */
export function steppedScheduler(clock: FakeClock = fakeClock()): SteppedScheduler {
  const tasks = new Set<Task>();
  const sleepers = createSleepers(clock);
  const stepTask = async ({ run, stopping }: Task): Promise<Error | undefined> => {
    try {
      do
        sleepers.wake(Infinity); // nothing is under way: what keeps two rounds apart need not
      while (!stopping.signal.aborted && (await run(stopping.signal)) === true);
      return undefined;
    } catch (error) {
      return toError(error);
    }
  };
  return {
    clock,
    sleep: (delayMs, signal) => sleepers.sleep(delayMs, signal),
    get sleeping() {
      return sleepers.count();
    },
    get sleptMs() {
      return sleepers.sleptMs();
    },
    async pass(byMs) {
      clock.advance(byMs);
      sleepers.wake(clock.now().getTime());
      await turn();
    },
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
