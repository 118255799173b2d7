import { describe, expect, test } from '@jest/globals';
import { healthSchema } from '@rideshare/contracts';
import { createHealth } from './health.ts';
import type { Check } from './health.ts';
import { createMetrics } from './metrics.ts';
import { silentLogger } from './logger.ts';

const up: Check = () => Promise.resolve();
const down: Check = () => Promise.reject(new Error('secret host refused'));
const hanging: Check = () => new Promise(() => undefined);
const clock = { now: () => new Date('2026-03-01T12:00:00Z') };
const base = { service: 'trip', version: '1.2.3', clock };

describe('createHealth', () => {
  test.each([
    ['everything up', { database: up, cache: up, external: { psp: up } }, 'healthy'],
    ['nothing to depend on', {}, 'healthy'],
    ['the cache down', { database: up, cache: down }, 'degraded'],
    ['a neighbour down', { database: up, external: { psp: down, maps: up } }, 'degraded'],
    ['the database down', { database: down, cache: up }, 'unhealthy'],
    ['everything down', { database: down, cache: down, external: { psp: down } }, 'unhealthy'],
  ])('with %s, reports as its schema says', async (_name, checks, status) => {
    const report = await createHealth({ ...base, ...checks }).report();
    expect(healthSchema.parse(report)).toEqual(report);
    expect(report).toMatchObject({ status, timestamp: '2026-03-01T12:00:00.000Z', service: 'trip', version: '1.2.3' });
    expect(JSON.stringify(report)).not.toContain('secret host');
  });

  test('with a check that hangs or throws at once, gives it half a second, and its signal aborts', async () => {
    let aborted = false;
    const started = performance.now();
    const report = await createHealth({
      ...base,
      database: (signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return hanging(signal);
      },
      external: {
        throws: () => {
          throw new Error('at once');
        },
      },
    }).report();
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(report.status).toBe('unhealthy');
    expect(report.checks.external_apis).toMatchObject([{ name: 'throws', status: 'unhealthy' }]);
    expect(aborted).toBe(true);
  });

  test('asked many times at once and soon after, checks once; later, checks again', async () => {
    let asked = 0;
    const database: Check = () => {
      asked += 1;
      return Promise.resolve();
    };
    const health = createHealth({ ...base, database });
    await Promise.all([health.report(), health.report(), health.report()]);
    await health.report();
    expect(asked).toBe(1);
    const impatient = createHealth({ ...base, database, cacheMs: 0 });
    await impatient.report();
    await impatient.report();
    expect(asked).toBe(3);
  });

  test('from start to end, says what should be done with the process', async () => {
    let isUp = false;
    const health = createHealth({
      ...base,
      database: () => (isUp ? Promise.resolve() : Promise.reject(new Error('no'))),
      cacheMs: 0,
    });
    expect([health.live(), health.startup(), await health.ready()]).toEqual([
      { ok: true },
      { ok: false, reason: 'starting' },
      { ok: false, reason: 'starting' },
    ]);
    health.markStarted();
    expect([health.live(), health.startup(), await health.ready()]).toEqual([
      { ok: true },
      { ok: true },
      { ok: false, reason: 'dependency' },
    ]);
    isUp = true;
    expect(await health.ready()).toEqual({ ok: true });
    health.markDraining();
    health.markStarted();
    expect([health.live(), health.startup(), await health.ready()]).toEqual([
      { ok: true },
      { ok: true },
      { ok: false, reason: 'draining' },
    ]);
  });

  test('when a dependency goes and comes back, logs both once and shows it as a gauge', async () => {
    const said: string[] = [];
    const note = (message: string) => said.push(message);
    const metrics = createMetrics({ service: 'trip', version: '1' });
    let isUp = true;
    const health = createHealth({
      ...base,
      metrics,
      logger: { ...silentLogger, error: note, info: note },
      cache: () => (isUp ? Promise.resolve() : Promise.reject(new Error('no'))),
      cacheMs: 0,
    });
    await health.report();
    isUp = false;
    await health.report();
    await health.report();
    expect((await metrics.render()).body).toContain('dependency_up{dependency="cache",service="trip"} 0');
    isUp = true;
    await health.report();
    expect(said).toEqual(['a dependency does not answer', 'a dependency answers again']);
  });
});
