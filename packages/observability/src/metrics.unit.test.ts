import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';

async function samples(metrics: Metrics, prefix: string): Promise<string[]> {
  const { body } = await metrics.render();
  return body.split('\n').filter((line) => line.startsWith(prefix));
}

const make = () => createMetrics({ service: 'trip', version: '1.2.3' });

describe('createMetrics', () => {
  test('rendered, is OpenMetrics with the service on every series and the process among them', async () => {
    const metrics = make();
    metrics.counter('rides_total', 'Rides', ['city']).inc({ city: 'porto' });
    const { contentType, body } = await metrics.render();
    expect(contentType).toContain('application/openmetrics-text');
    expect(body.trimEnd().endsWith('# EOF')).toBe(true);
    expect(body).toContain('rides_total{city="porto",service="trip"} 1');
    expect(body).toContain('service_info{version="1.2.3",service="trip"} 1');
    expect(body).toContain('process_cpu_seconds_total{service="trip"}');
    // a second reading must not have lost the suffix of counters
    expect(await samples(metrics, 'rides_total')).toHaveLength(1);
  });

  test('made twice in one process, keeps both apart', async () => {
    const [first, second] = [make(), make()];
    first.gauge('depth', 'Depth').set(1);
    second.gauge('depth', 'Depth').set(2);
    expect(await samples(first, 'depth')).toEqual(['depth{service="trip"} 1']);
    expect(await samples(second, 'depth')).toEqual(['depth{service="trip"} 2']);
  });

  test('a histogram without buckets of its own, has those of durations', async () => {
    const metrics = make();
    metrics.histogram('wait_seconds', 'Wait').observe(0.6);
    metrics.histogram('size_bytes', 'Size', [], [10, 100]).observe(50);
    expect(await samples(metrics, 'wait_seconds_bucket')).toContain('wait_seconds_bucket{le="0.75",service="trip"} 1');
    expect(await samples(metrics, 'size_bytes_bucket')).toHaveLength(3);
  });

  test('a gauge with a collect, asks once for readings that come close together', async () => {
    const metrics = make();
    let asked = 0;
    metrics.gauge('active_trips_total', 'Trips under way', [], () => Promise.resolve((asked += 1)));
    await Promise.all([metrics.render(), metrics.render()]);
    expect(await samples(metrics, 'active_trips_total')).toEqual(['active_trips_total{service="trip"} 1']);
    expect(asked).toBe(1);
  });

  test('a gauge with a collect by label, shows what was answered last and nothing older', async () => {
    const metrics = make();
    metrics.gauge('slots', 'Slots', ['state'], () => [
      { labels: { state: 'available' }, value: 3 },
      { labels: { state: 'assigned' }, value: 1 },
    ]);
    expect(await samples(metrics, 'slots')).toEqual([
      'slots{state="available",service="trip"} 3',
      'slots{state="assigned",service="trip"} 1',
    ]);
  });

  test('a gauge whose collect fails, counts the failure and leaves the other metrics readable', async () => {
    const metrics = make();
    metrics.gauge('active_trips_total', 'Trips under way', [], () => Promise.reject(new Error('no database')));
    await metrics.render();
    expect(await samples(metrics, 'metrics_collect_failures_total')).toEqual([
      'metrics_collect_failures_total{metric="active_trips_total",service="trip"} 1',
    ]);
  });
});

describe('observeHttp', () => {
  afterEach(() => {
    context.disable();
  });

  async function serve(metrics: Metrics, route: string | undefined, answer: 'ends' | 'hangs') {
    const arrived = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    const server = createServer((request, response) => {
      metrics.observeHttp(request, response, () => route);
      response.once('close', () => closed.resolve(undefined));
      if (answer === 'ends') {
        response.statusCode = 201;
        response.end('x');
      }
      arrived.resolve(undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    return { url, arrived: arrived.promise, closed: closed.promise, server };
  }

  test('an answered request, is counted and timed under its template', async () => {
    const metrics = make();
    const { url, closed, server } = await serve(metrics, '/api/trips/{id}', 'ends');
    await (await fetch(url, { method: 'PUT' })).text();
    await closed;
    server.close();
    server.closeAllConnections();
    const labels = 'method="PUT",route="/api/trips/{id}",status_code="201",service="trip"';
    expect(await samples(metrics, 'http_requests_total')).toEqual([`http_requests_total{${labels}} 1`]);
    expect(await samples(metrics, 'http_request_duration_seconds_count')).toEqual([
      `http_request_duration_seconds_count{service="trip",method="PUT",route="/api/trips/{id}",status_code="201"} 1`,
    ]);
  });

  test('a request whose caller goes away, is counted as 499', async () => {
    const metrics = make();
    const { url, arrived, closed, server } = await serve(metrics, undefined, 'hangs');
    const leaving = new AbortController();
    const answer = fetch(url, { signal: leaving.signal }).catch(() => 'gone');
    await arrived;
    leaving.abort();
    expect(await answer).toBe('gone');
    await closed;
    server.close();
    expect(await samples(metrics, 'http_requests_total')).toEqual([
      'http_requests_total{method="GET",route="unmatched",status_code="499",service="trip"} 1',
    ]);
  });

  test.each([
    [1, true],
    [0, false],
  ])('in a trace with flags %d, has an exemplar: %s', async (traceFlags, hasExemplar) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const metrics = make();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const listeners: (() => void)[] = [];
    const response = { once: (_event: string, listener: () => void) => listeners.push(listener), statusCode: 200 };
    const spanContext = { traceId, spanId: '00f067aa0ba902b7', traceFlags };
    context.with(trace.setSpanContext(context.active(), spanContext), () => {
      metrics.observeHttp({ method: 'BREW' } as never, { ...response, headersSent: true } as never, () => '/x');
    });
    for (const listener of listeners) listener();
    const lines = await samples(metrics, 'http_request_duration_seconds_bucket');
    expect(lines.some((line) => line.includes(`trace_id="${traceId}"`))).toBe(hasExemplar);
    expect(lines[0]).toContain('method="OTHER"');
  });
});
