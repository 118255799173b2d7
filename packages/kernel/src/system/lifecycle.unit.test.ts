import { describe, expect, it } from '@jest/globals';
import { Lifecycle } from './lifecycle.ts';
import type { StepReport } from './lifecycle.ts';

describe('Lifecycle.close', () => {
  it('closes the latest first, once, however often it is asked', async () => {
    const closed: string[] = [];
    const lifecycle = new Lifecycle();
    lifecycle.defer('first', () => void closed.push('first'), 100);
    lifecycle.defer('second', () => Promise.resolve(void closed.push('second')), 100);
    await Promise.all([lifecycle.close(), lifecycle.close()]);
    expect(closed).toEqual(['second', 'first']);
  });

  it('goes on after a step that fails and tells of every failure', async () => {
    const reports: StepReport[] = [];
    const lifecycle = new Lifecycle((report) => reports.push(report));
    lifecycle.defer('fine', () => undefined, 100);
    lifecycle.defer('bad', () => Promise.reject(new Error('no')), 100);
    lifecycle.defer(
      'worse',
      () => {
        throw new Error('thrown at once');
      },
      100,
    );
    await expect(lifecycle.close()).rejects.toMatchObject({
      errors: [{ message: 'thrown at once' }, { message: 'no' }],
    });
    expect(reports.map(({ name, error }) => [name, error?.message])).toEqual([
      ['worse', 'thrown at once'],
      ['bad', 'no'],
      ['fine', undefined],
    ]);
  });

  it('leaves a step that hangs behind after its timeout', async () => {
    const lifecycle = new Lifecycle();
    let reached = false;
    lifecycle.defer('after', () => void (reached = true), 100);
    lifecycle.defer('hangs', () => new Promise(() => undefined), 10);
    await expect(lifecycle.close()).rejects.toMatchObject({ errors: [{ code: 'CLOSE_TIMED_OUT' }] });
    expect(reached).toBe(true);
  });

  it('runs at the end of an `await using` block', async () => {
    let closed = false;
    {
      await using lifecycle = new Lifecycle();
      lifecycle.defer('it', () => void (closed = true), 100);
      expect(closed).toBe(false);
    }
    expect(closed).toBe(true);
  });
});
