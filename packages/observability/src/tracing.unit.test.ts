import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AppError } from '@rideshare/kernel';
import { flushTelemetry, onFlushTelemetry } from './flush.ts';
import { createParentPropagator } from './parent-propagator.ts';
import { createScrubExporter } from './scrub-exporter.ts';
import { currentTraceId, traceHeaders, traceIdOf, withSpan } from './tracing.ts';

const memory = new InMemorySpanExporter();
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = [new SimpleSpanProcessor({ exporter: createScrubExporter(memory) })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
});
afterEach(() => memory.reset());
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('withSpan', () => {
  test('around work that succeeds, is active in it and ends with it', async () => {
    const inside = await withSpan('settle', { kind: 'consumer', attributes: { 'trip.id': 't' } }, () =>
      Promise.resolve({ id: currentTraceId(), headers: traceHeaders() }),
    );
    const [span] = memory.getFinishedSpans();
    expect(span).toMatchObject({ name: 'settle', kind: SpanKind.CONSUMER, attributes: { 'trip.id': 't' } });
    expect(span?.spanContext().traceId).toBe(inside.id);
    expect(traceIdOf(inside.headers)).toBe(inside.id);
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  });

  test.each([
    [new AppError('SLOT_TAKEN', 'conflict', 'ana@mail.example has it'), 'SLOT_TAKEN'],
    [new TypeError('ana@mail.example'), 'TypeError'],
    ['a text', 'Error'],
  ])('around work that throws %s, fails as %s and says no more', async (thrown, type) => {
    const work = withSpan('settle', {}, () => Promise.reject(thrown as Error));
    await expect(work).rejects.toBe(thrown);
    const [span] = memory.getFinishedSpans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: type });
    expect(span?.attributes).toEqual({ 'error.type': type });
  });

  test('with a parent from the wire, continues its trace', async () => {
    await withSpan('consume', { parent }, () => Promise.resolve());
    const [span] = memory.getFinishedSpans();
    expect(span?.spanContext().traceId).toBe(TRACE_ID);
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
  });

  test('with links, points at other traces and skips what is none', async () => {
    await withSpan('consume', { links: [parent, {}, { traceparent: 'nonsense' }], root: true }, () =>
      Promise.resolve(),
    );
    const [span] = memory.getFinishedSpans();
    expect(span?.links.map((link) => link.context.traceId)).toEqual([TRACE_ID]);
    expect(span?.spanContext().traceId).not.toBe(TRACE_ID);
  });

  test('as a root inside another span, starts a trace of its own', async () => {
    await withSpan('outer', {}, () => withSpan('inner', { root: true }, () => Promise.resolve()));
    const [inner, outer] = memory.getFinishedSpans();
    expect(inner?.spanContext().traceId).not.toBe(outer?.spanContext().traceId);
  });
});

describe('traceIdOf', () => {
  test.each([
    [parent, TRACE_ID],
    [{}, undefined],
    [{ traceparent: undefined }, undefined],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, undefined],
    [{ traceparent: `00-${TRACE_ID}-${'0'.repeat(16)}-01` }, undefined],
  ])('given %j, answers %s', (headers, expected) => {
    expect(traceIdOf(headers)).toBe(expected);
  });

  test('outside a span, there is no trace to name or to carry', () => {
    expect(currentTraceId()).toBeUndefined();
    expect(traceHeaders()).toEqual({});
  });
});

describe('createParentPropagator', () => {
  const propagator = createParentPropagator();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test('given a trace and a note of somebody’s vendor, carries the trace on and the note not', () => {
    const came = { traceparent, tracestate: 'vendor=4111111111111111' };
    const extracted = propagator.extract(ROOT_CONTEXT, came, defaultTextMapGetter);
    const sent: Record<string, string> = {};
    propagator.inject(extracted, sent, defaultTextMapSetter);
    expect(sent).toEqual({ traceparent });
    expect(propagator.fields()).toEqual(['traceparent']);
  });
});

describe('createScrubExporter', () => {
  test('given spans with queries, addresses and cards, sends them without', async () => {
    await withSpan('call', {}, (span) => {
      span.setAttributes({
        'url.full': 'http://h/nearby?lat=41.1',
        'url.query': 'lat=41.1',
        note: 'ana@mail.example',
        n: 1,
      });
      span.addEvent('paid', { card: '4111111111111111' });
      span.addEvent('plain');
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'ana@mail.example' });
      return Promise.resolve();
    });
    const [span] = memory.getFinishedSpans();
    expect(JSON.stringify([span?.attributes, span?.events, span?.status])).not.toMatch(/41\.1|ana@|4111/);
    expect(span?.attributes).toMatchObject({ 'url.full': 'http://h/nearby?lat=[redacted]', n: 1 });
  });

  test('given paths and headers, keeps of them what is ours', async () => {
    const id = '0190a8a0-0000-7000-8000-000000000001';
    await withSpan('answer', { kind: 'server' }, (span) => {
      span.setAttributes({
        'url.path': '/api/users/Ana%40mail.example',
        'url.query': 'limit=5&%2B351912345678=1&cursor=abc',
        'url.full': `http://user:8081/api/trips/${id}/status?lat=1#x`,
        'user_agent.original': 'hush',
        'server.address': 'hush',
        'client.address': 'hush',
      });
      return Promise.resolve();
    });
    expect(memory.getFinishedSpans()[0]?.attributes).toEqual({
      'url.path': `/api/users/[redacted]`,
      'url.query': 'limit=[redacted]&[redacted]=[redacted]&cursor=[redacted]',
      'url.full': `http://user:8081/api/trips/${id}/status?lat=[redacted]`,
    });
  });

  test('given the address of a caller, keeps it', async () => {
    await withSpan('answer', { attributes: { 'client.address': '192.0.2.7' } }, () => Promise.resolve());
    expect(memory.getFinishedSpans()[0]?.attributes).toEqual({ 'client.address': '192.0.2.7' });
  });

  test('flushed and shut down, passes it on', async () => {
    const exporter = createScrubExporter(new InMemorySpanExporter());
    await exporter.forceFlush?.();
    await exporter.shutdown();
  });
});

describe('flushTelemetry', () => {
  test('without a preload, has nothing to do; with one, does what it was told', async () => {
    await flushTelemetry();
    let flushed = 0;
    onFlushTelemetry(() => {
      flushed += 1;
      return Promise.resolve();
    });
    await flushTelemetry();
    expect(flushed).toBe(1);
  });
});
