import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { paymentAuthorized } from '@rideshare/contracts';
import { systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createMetrics, silentLogger, withSpan } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import { createTestDatabase, eventually } from '@rideshare/testing';
import { appendToOutbox, createConsumer, createEmbeddedLog, createRelay, newEvent, on } from '../src/index.ts';

const spans = new InMemorySpanExporter();
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }));
});
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

it('a change, its event and what that leads to are one trace, each the child of the one before', async () => {
  const { url, drop } = await createTestDatabase({ migrate: { schema: 'app' } });
  const database = createDatabase({ url, applicationName: 'test' });
  const log = createEmbeddedLog({ database, prefix: 'test' });
  const metrics = createMetrics({ service: 'test', version: '0' });
  const common = { database, log, metrics, scheduler: systemScheduler, clock: systemClock, logger: silentLogger };
  const relay = createRelay({ ...common, owner: 'test' });
  const consumer = createConsumer({
    ...common,
    owner: 'test',
    group: 'trip',
    mode: 'transactional',
    subscriptions: [on(paymentAuthorized, () => withSpan('effect', {}, () => Promise.resolve('applied' as const)))],
  });
  const [tripId, paymentId, riderId] = [systemIds.next(), systemIds.next(), systemIds.next()];
  const event = newEvent(paymentAuthorized, {
    id: systemIds.next(),
    sequence: 1,
    occurredAt: systemClock.now(),
    source: 'payment',
    data: { paymentId, tripId, riderId, amount: { amount: 1_250, currency: 'EUR' } },
  });
  await relay.start();
  await consumer.start();
  await withSpan('POST /api/payments', { kind: 'server' }, async () => {
    await database.transaction((tx) => {
      appendToOutbox(tx, [event]);
      return Promise.resolve();
    });
  });
  const [request, process, effect] = await eventually(() => {
    const named = (name: string) => spans.getFinishedSpans().find((span) => span.name === name);
    const found = [named('POST /api/payments'), named('process payment.events'), named('effect')];
    return found.every((span) => span !== undefined) ? found : undefined;
  });
  await consumer.stop();
  await relay.stop();
  await database.close();
  await drop();

  expect(process?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(process?.links.map((link) => link.context.spanId)).toEqual([request?.spanContext().spanId]);
  expect(effect?.parentSpanContext?.spanId).toBe(process?.spanContext().spanId);
  expect(new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(process).toMatchObject({
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.destination.name': 'payment.events',
      'messaging.consumer.group.name': 'trip',
      'messaging.message.id': event.envelope.id,
      'trip.id': tripId,
    },
  });
});
