import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { internalConfig, internalVars, defineConfig } from '@rideshare/config';
import { fakeClock } from './fake-clock.ts';
import { fakeIds } from './fake-ids.ts';
import { manualScheduler } from './manual-scheduler.ts';
import { testKeys } from './test-keys.ts';

describe('fakeClock', () => {
  test('left alone, stands still; moved, is where it was moved to', () => {
    const clock = fakeClock('2026-03-01T12:00:00Z');
    expect(clock.now()).toEqual(clock.now());
    clock.advance(1_500);
    expect(clock.now().toISOString()).toBe('2026-03-01T12:00:01.500Z');
    clock.set(new Date(0));
    expect(clock.now()).toEqual(new Date(0));
  });
});

describe('fakeIds', () => {
  test('asked twice, counts; asked by another, counts anew', () => {
    const ids = fakeIds();
    const first = ids.next();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.next()).not.toBe(first);
    expect(fakeIds().next()).toBe(first);
  });
});

describe('manualScheduler', () => {
  test('with sleepers, wakes each at its own time and in order', async () => {
    const scheduler = manualScheduler();
    const started = scheduler.clock.now().getTime();
    const woken: [string, number][] = [];
    const sleeper = async (name: string, delayMs: number) => {
      await scheduler.sleep(delayMs);
      woken.push([name, scheduler.clock.now().getTime() - started]);
    };
    const all = Promise.all([sleeper('late', 30), sleeper('early', 10), sleeper('never', 500)]);
    expect(scheduler.sleeping).toBe(3);
    await scheduler.advance(100);
    expect(woken).toEqual([
      ['early', 10],
      ['late', 30],
    ]);
    expect(scheduler.clock.now().getTime() - started).toBe(100);
    await scheduler.advance(400);
    await all;
    expect(woken).toHaveLength(3);
  });

  test('with a signal, wakes when it aborts and does not sleep when it has', async () => {
    const scheduler = manualScheduler();
    const stopping = new AbortController();
    const asleep = scheduler.sleep(1_000, stopping.signal);
    stopping.abort();
    await asleep;
    await scheduler.sleep(1_000, stopping.signal);
    expect(scheduler.sleeping).toBe(0);
  });

  test('with a loop, runs it at its interval, again at once for more, when woken, and not after its stop', async () => {
    const scheduler = manualScheduler();
    const answers = [true, false, false];
    const failed: string[] = [];
    let runs = 0;
    const loop = scheduler.every(
      'sweep',
      100,
      () => {
        runs += 1;
        if (runs === 5) return Promise.reject(new Error('broken'));
        return Promise.resolve(answers.shift());
      },
      (error, name) => failed.push(`${name}: ${error.message}`),
    );
    await scheduler.settle();
    expect(runs).toBe(2);
    await scheduler.advance(100);
    expect(runs).toBe(3);
    loop.wake();
    await scheduler.settle();
    expect(runs).toBe(4);
    await scheduler.advance(200);
    expect([runs, failed]).toEqual([6, ['sweep: broken']]);
    await loop.stop();
    await scheduler.advance(1_000);
    expect(runs).toBe(6);
  });
});

describe('testKeys', () => {
  test('asked for the variables of a service, gives what its configuration reads, and removes the files', () => {
    const keys = testKeys();
    const environment = keys.environment('trip');
    const config = defineConfig({ vars: internalVars, build: internalConfig }).load(environment);
    expect(config.privateKey.reveal().kid).toBe('trip');
    expect(config.publicKeys.keys).toHaveLength(6);
    const directory = dirname(environment['SERVICE_PRIVATE_KEY_FILE'] ?? '');
    keys.dispose();
    keys.dispose();
    expect(existsSync(directory)).toBe(false);
  });

  test('issues tokens that its verifiers accept', async () => {
    const keys = testKeys();
    const userId = '0190a8a0-0000-7000-8000-000000000001';
    const token = await keys.issueUserToken({ userId, roles: ['admin'] });
    expect(await keys.accessTokens.verify(token)).toEqual({ kind: 'user', userId, roles: ['admin'] });
    const service = await keys.serviceTokens('driver').issue();
    expect(await keys.serviceTokens('trip').verify(service)).toEqual({ kind: 'service', service: 'driver' });
  });
});
