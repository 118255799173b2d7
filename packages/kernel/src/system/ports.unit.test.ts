import { describe, expect, it } from '@jest/globals';
import { systemClock, systemIds, systemRandom, systemScheduler } from './ports.ts';

const LONG_MS = 60_000;

/** A task that ends when told to, and tells when it has begun. */
function controlled() {
  const runs: { end: (more: boolean) => void }[] = [];
  const waiters: (() => void)[] = [];
  return {
    runs,
    task: () =>
      new Promise<boolean>((resolve) => {
        runs.push({ end: resolve });
        waiters.splice(0).forEach((wake) => {
          wake();
        });
      }),
    begun: async (count: number): Promise<void> => {
      while (runs.length < count) await new Promise<void>((resolve) => waiters.push(resolve));
    },
  };
}

const ignore = () => undefined;

describe('systemScheduler.every', () => {
  it('runs again at once when the task has more to do, and never twice at a time', async () => {
    const { begun, runs, task } = controlled();
    const loop = systemScheduler.every('it', LONG_MS, task, ignore);
    await begun(1);
    expect(runs).toHaveLength(1);
    runs[0]?.end(true);
    await begun(2);
    const stopped = loop.stop();
    runs[1]?.end(false);
    await stopped;
    expect(runs).toHaveLength(2);
  });

  it('is woken from its wait, and a wake during a run is not lost', async () => {
    const { begun, runs, task } = controlled();
    const loop = systemScheduler.every('it', LONG_MS, task, ignore);
    await begun(1);
    loop.wake();
    runs[0]?.end(false);
    await begun(2);
    runs[1]?.end(false);
    await new Promise(setImmediate);
    loop.wake();
    await begun(3);
    runs[2]?.end(false);
    await loop.stop();
  });

  it('reports a failure and goes on', async () => {
    const errors: string[] = [];
    let runs = 0;
    let reached: () => void = ignore;
    const second = new Promise<void>((resolve) => (reached = resolve));
    const loop = systemScheduler.every(
      'it',
      1,
      () => {
        runs += 1;
        if (runs === 1) return Promise.reject(new Error('no'));
        reached();
        return Promise.resolve(false);
      },
      (error, name) => errors.push(`${name}: ${error.message}`),
    );
    await second;
    await loop.stop();
    expect(errors).toEqual(['it: no']);
  });

  it('tells a running task that it should end', async () => {
    let seen: AbortSignal | undefined;
    const loop = systemScheduler.every(
      'it',
      LONG_MS,
      async (signal) => {
        seen = signal;
        await systemScheduler.sleep(LONG_MS, signal);
        return false;
      },
      ignore,
    );
    await loop.stop();
    expect(seen?.aborted).toBe(true);
  });
});

describe('the system ports', () => {
  it('give time, randomness within bounds and ids that sort', () => {
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1_000);
    expect(systemRandom.next()).toBeLessThan(1);
    expect(systemRandom.integer(1)).toBe(0);
    const [a, b] = [systemIds.next(), systemIds.next()];
    expect(a < b).toBe(true);
  });
});
