import { describe, expect, it } from '@jest/globals';
import { manualScheduler } from '@rideshare/testing';
import { failureOf } from './delivery.ts';
import { createTimeLimit } from './time-limit.ts';

describe('createTimeLimit', () => {
  it('with work that ends in time, passes its result or its failure on and leaves no timer', async () => {
    const scheduler = manualScheduler();
    const limit = createTimeLimit(scheduler, 4_000);
    expect(await limit.run(() => Promise.resolve('done'))).toBe('done');
    await expect(limit.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await scheduler.advance(250);
    expect(scheduler.sleeping).toBe(0);
  });

  it('with work that does not end, gives it up after the limit, and work begun later later', async () => {
    const scheduler = manualScheduler();
    const limit = createTimeLimit(scheduler, 1_000);
    const given: string[] = [];
    const hang = async (name: string) => {
      const gaveUp = await limit
        .run(() => new Promise(() => undefined))
        .catch((error: unknown) => failureOf(error).code);
      given.push(`${name} ${String(gaveUp)}`);
    };
    void hang('first');
    await scheduler.advance(500);
    void hang('second');
    await scheduler.advance(499);
    expect(given).toEqual([]);
    await scheduler.advance(1);
    expect(given).toEqual(['first HANDLER_TIMED_OUT']);
    await scheduler.advance(500);
    expect(given).toEqual(['first HANDLER_TIMED_OUT', 'second HANDLER_TIMED_OUT']);
  });

  it('closed, stops its clock', async () => {
    const scheduler = manualScheduler();
    const limit = createTimeLimit(scheduler, 1_000);
    void limit.run(() => new Promise(() => undefined));
    expect(scheduler.sleeping).toBe(1);
    limit.close();
    await scheduler.settle();
    expect(scheduler.sleeping).toBe(0);
  });
});
