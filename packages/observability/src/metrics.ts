import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { cachedCollect, type Sample } from './cached-collect.ts';

/** Seconds; the usual ones and those at which objectives are set. */
const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 10];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** The caller went away before there was an answer; no status was sent. */
const CLIENT_CLOSED = 499;

/** The metrics of one process, in a registry of their own. */
export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  /**
   * With `collect`, the value is asked for when the metrics are read, at most once in 5 s. A failing or slow `collect`
   * leaves the last value and counts in `metrics_collect_failures_total`.
   */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    collect?: () => Sample<Label> | Promise<Sample<Label>>,
  ): Gauge<Label>;
  /** Buckets default to those of HTTP durations, in seconds. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    buckets?: readonly number[],
  ): Histogram<Label>;
  /** Counts a request when its response closes, whether it was answered or aborted. */
  observeHttp(request: IncomingMessage, response: ServerResponse, routeOf: () => string | undefined): void;
  /** Everything as OpenMetrics text. */
  render(): Promise<{ contentType: string; body: string }>;
}

type HttpLabel = 'method' | 'route' | 'status_code';

function exemplarLabels(): { trace_id: string } | undefined {
  const context = trace.getActiveSpan()?.spanContext();
  const isSampled = context && isSpanContextValid(context) && (context.traceFlags & TraceFlags.SAMPLED) !== 0;
  return isSampled ? { trace_id: context.traceId } : undefined;
}

function createHttpObserver(registry: Registry): Metrics['observeHttp'] {
  const labelNames: readonly HttpLabel[] = ['method', 'route', 'status_code'];
  const registers = [registry];
  const total = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests by method, route template and status code; 499 is a caller that went away',
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request until its response closed',
    labelNames: [...labelNames, 'trace_id'] as const,
    buckets: DURATION_BUCKETS_S,
    enableExemplars: true,
    registers,
  });
  return (request, response, routeOf) => {
    const started = process.hrtime.bigint();
    // the span has ended by the time the response closes
    const exemplar = exemplarLabels();
    response.once('close', () => {
      const method = request.method ?? '';
      const labels = {
        method: METHODS.has(method) ? method : 'OTHER',
        // only templates that were declared: an unknown path must not make a series
        route: routeOf() ?? 'unmatched',
        status_code: String(response.headersSent ? response.statusCode : CLIENT_CLOSED),
      };
      total.inc(labels);
      const value = Number(process.hrtime.bigint() - started) / 1e9;
      seconds.observe({ labels, value, ...(exemplar ? { exemplarLabels: exemplar } : {}) });
    });
  };
}

/**
 * The metrics of a process: HTTP, Node's own, and what the service adds; `service` is on every series.
 *
 * @remarks Always rendered as OpenMetrics: rendering both formats from one registry spoils the names of counters.
 */
export function createMetrics(options: { readonly service: string; readonly version: string }): Metrics {
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  registry.setDefaultLabels({ service: options.service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const failures = new Counter({
    name: 'metrics_collect_failures_total',
    help: 'Gauges that could not be brought up to date when the metrics were read',
    labelNames: ['metric'] as const,
    registers,
  });
  new Gauge({ name: 'service_info', help: 'The running version', labelNames: ['version'] as const, registers }).set(
    { version: options.version },
    1,
  );
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    gauge: (name, help, labels = [], collect) =>
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers,
        ...(collect ? { collect: cachedCollect(collect, () => failures.inc({ metric: name })) } : {}),
      }),
    histogram: (name, help, labels = [], buckets = DURATION_BUCKETS_S) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    observeHttp: createHttpObserver(registry),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
