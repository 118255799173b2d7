import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, goOffline, newDriver, newRider, PLACES, send, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import type { SunkSpan } from './support/otlp-sink.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { orphansOf, pathTo, readLogs, readSpans, traceIdOf, untilTraced } from './support/traces.ts';
import { readTrip, step, untilOffered, untilPayment } from './support/trip.ts';

let platform: Platform;
let rider: Actor;
let driver: Actor;
let tripId: string;
let refusal: string;
let request: readonly SunkSpan[];
let completion: readonly SunkSpan[];

const REQUEST_SPANS = ['payment: payment hold', 'trip: dispatch offer', 'driver: POST /internal/slots/reserve'];
const COMPLETION_SPANS = ['payment: payment capture', 'notification: process trip.events', 'trip: trip completed'];

beforeAll(async () => {
  platform = await startPlatform();
  rider = await newRider(platform);
  driver = await newDriver(platform);
  const { token } = rider;
  await succeed(platform, 'POST', '/api/payments/methods', { token, body: { gateway: 'sandbox', token: 'tok_ok' } });
  const quote = await succeed<{ id: string }>(platform, 'POST', '/api/quotes', { token, body: PLACES });
  const body = { quoteId: quote.id, vehicleClass: 'economy' };
  const requested = await send(platform, 'POST', '/api/trips', { token, body });
  expect(requested.status).toBe(201);
  tripId = (requested.body as { id: string }).id;
  const { offerId } = await untilOffered(platform, driver, tripId);
  // held before the ride ends: otherwise the hold belongs to whatever asked for the capture
  await untilPayment(platform, rider, tripId, ['authorized']);
  await step(platform, driver, tripId, { status: 'accepted', offerId });
  await step(platform, driver, tripId, { status: 'arrived' });
  const { startCode } = await readTrip(platform, rider, tripId);
  await step(platform, driver, tripId, { status: 'in_progress', startCode });
  const status = `/api/trips/${tripId}/status`;
  const completed = await send(platform, 'PUT', status, { token: driver.token, body: { status: 'completed' } });
  expect(completed.status).toBe(200);
  const refused = await send(platform, 'PUT', status, { token, body: { status: 'cancelled' } });
  expect(refused.status).toBe(409);
  refusal = traceIdOf(refused.headers);
  request = await untilTraced(platform, traceIdOf(requested.headers), REQUEST_SPANS);
  completion = await untilTraced(platform, traceIdOf(completed.headers), COMPLETION_SPANS);
}, 180_000);

afterAll(async () => {
  await goOffline(platform, driver);
});

describe('the trace of a rider’s request', () => {
  it('is one tree below the gateway', () => {
    const roots = request.filter(({ parentSpanId }) => parentSpanId === '');
    expect(roots.map(({ name, service }) => `${service}: ${name}`)).toEqual(['gateway: POST /api/trips']);
    expect(orphansOf(request)).toEqual([]);
  });

  it('goes down through the event log to the hold', () => {
    expect(pathTo(request, 'payment', 'payment hold')).toEqual(
      expect.arrayContaining(['gateway: POST /api/trips', 'trip: POST /api/trips', 'payment: process trip.events']),
    );
  });

  it('goes down through the dispatcher to the offer at the driver’s slot', () => {
    expect(pathTo(request, 'driver', 'POST /internal/slots/reserve')).toEqual(
      expect.arrayContaining(['gateway: POST /api/trips', 'trip: POST /api/trips', 'trip: dispatch offer']),
    );
  });

  it('shows the statements of the database', () => {
    const statements = request.filter(({ attributes }) => attributes['db.system.name'] ?? attributes['db.system']);
    expect(new Set(statements.map(({ service }) => service))).toEqual(new Set(['trip', 'driver', 'payment']));
  });
});

describe('the trace of the driver’s completion', () => {
  it('is one tree below the gateway', () => {
    const roots = completion.filter(({ parentSpanId }) => parentSpanId === '');
    expect(roots.map(({ name, service }) => `${service}: ${name}`)).toEqual(['gateway: PUT /api/trips/:id/status']);
    expect(orphansOf(completion)).toEqual([]);
  });

  it.each([
    ['payment', 'payment capture'],
    ['notification', 'process trip.events'],
  ])('goes down through the event log to %s: %s', (service, name) => {
    expect(pathTo(completion, service, name)).toEqual(
      expect.arrayContaining(['gateway: PUT /api/trips/:id/status', 'trip: trip completed']),
    );
  });

  it('is linked to the request', () => {
    const requestTraceId = request[0]?.traceId;
    const linked = completion.filter(({ links }) => links.some(({ traceId }) => traceId === requestTraceId));
    expect(linked).not.toEqual([]);
    for (const { links } of linked) {
      const known = new Set(request.map(({ spanId }) => spanId));
      expect(links.filter(({ spanId }) => known.has(spanId))).not.toEqual([]);
    }
  });
});

describe('what the traces have in common', () => {
  it('is the trip, which every step of it names', () => {
    const steps = [...request, ...completion].filter(({ name }) => /^(?:process|trip|payment|dispatch) /.test(name));
    expect(steps.length).toBeGreaterThanOrEqual(REQUEST_SPANS.length + COMPLETION_SPANS.length);
    expect(steps.filter(({ attributes }) => attributes['trip.id'] !== tripId)).toEqual([]);
  });
});

describe('a log line', () => {
  it('of a trace is written within one of its spans', async () => {
    const traceIds = new Set([request[0]?.traceId, completion[0]?.traceId, refusal]);
    const lines = readLogs(platform).filter((line) => line.trace_id !== undefined && traceIds.has(line.trace_id));
    expect(new Set(lines.map(({ trace_id: id }) => id))).toEqual(traceIds);
    await eventually('the spans of every line', () => {
      const spans = new Set(readSpans(platform).map(({ spanId, traceId }) => `${traceId}/${spanId}`));
      const lost = lines.filter((line) => !spans.has(`${line.trace_id ?? ''}/${line.span_id ?? ''}`));
      return Promise.resolve(lost.length === 0 ? true : undefined);
    });
  });

  it('of a request carries its trace', () => {
    const lines = readLogs(platform).filter(({ requestId }) => requestId !== undefined);
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => !/^[0-9a-f]{32}$/.test(line.trace_id ?? ''))).toEqual([]);
  });

  it('about the trip carries a trace', () => {
    const lines = readLogs(platform).filter((line) => JSON.stringify(line).includes(tripId));
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(lines.filter((line) => line.trace_id === undefined)).toEqual([]);
  });
});
