import { loopsOn } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';

/** Time that passes only when the test says so. */
export interface ManualScheduler extends Scheduler {
  readonly clock: FakeClock;
  /** Lets time pass: whoever sleeps is woken in order, each at its own time, and gets to run until it waits again. */
  advance(byMs: number): Promise<void>;
  /** Lets everything run that waits for nothing but its turn; work that waits for a socket or a disk is not waited for. */
  settle(): Promise<void>;
  /** How many are asleep. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

const TURNS = 10; // turns of the event loop; more than a task of a test has awaits that need one

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** A {@link ManualScheduler} that moves `clock` along. */
export function manualScheduler(clock: FakeClock = fakeClock()): ManualScheduler {
  const sleepers = new Set<Sleeper>();
  const sleep = async (delayMs: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        dueMs: clock.now().getTime() + delayMs,
        wake() {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake);
    });
  };
  const nextDue = (untilMs: number): Sleeper | undefined =>
    [...sleepers].filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    clock,
    sleep,
    settle: turns,
    get sleeping() {
      return sleepers.size;
    },
    async advance(byMs) {
      const untilMs = clock.now().getTime() + byMs;
      await turns();
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        clock.set(new Date(Math.max(due.dueMs, clock.now().getTime())));
        due.wake();
        await turns();
      }
      clock.set(new Date(untilMs));
    },
    every: loopsOn(sleep),
  };
}
