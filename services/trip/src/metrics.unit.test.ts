import { expect, it } from '@jest/globals';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { makeSignals } from './metrics.ts';

it('overdue rides, seen in sweep after sweep, are each told of once', async () => {
  const told: unknown[] = [];
  const warn = (message: string, fields?: Record<string, unknown>): void =>
    void told.push([message, fields?.['tripId']]);
  const metrics = createMetrics({ service: 'trip', version: '0' });
  const signals = makeSignals(metrics, { ...silentLogger, warn });
  signals.overdueRides(1, ['t-1']);
  signals.overdueRides(2, ['t-1', 't-2']);
  signals.overdueRides(2, ['t-1', 't-2']);
  expect(told).toEqual([
    ['ride overdue', 't-1'],
    ['ride overdue', 't-2'],
  ]);
  expect((await metrics.render()).body).toMatch(/trips_overdue_rides\S* 2/);
});
