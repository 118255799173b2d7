import { describe, expect, it } from '@jest/globals';
import { createSpokenCodes, inParallel, sleepMs } from './world.ts';

const never = new AbortController().signal;

describe('spoken codes', () => {
  it('are heard by whoever listens already', async () => {
    const codes = createSpokenCodes();
    const hearing = codes.hear('trip', 5_000, never);
    codes.say('trip', '1234');
    expect(await hearing).toBe('1234');
  });

  it('are heard later, once', async () => {
    const codes = createSpokenCodes();
    codes.say('trip', '1234');
    expect(await codes.hear('trip', 0, never)).toBe('1234');
    expect(await codes.hear('trip', 1, never)).toBeUndefined();
  });

  it('are not waited for when the city stops', async () => {
    const stopping = new AbortController();
    const hearing = createSpokenCodes().hear('trip', 60_000, stopping.signal);
    stopping.abort();
    expect(await hearing).toBeUndefined();
  });
});

describe('sleepMs', () => {
  it('ends at once when it is told', async () => {
    await sleepMs(60_000, AbortSignal.abort());
  });
});

describe('inParallel', () => {
  it('works on every item, so many at a time', async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      done.push(item);
    });
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });
});
