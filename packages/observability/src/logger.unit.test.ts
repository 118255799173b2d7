import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createLogger, silentLogger } from './logger.ts';
import type { Level, Logger } from './logger.ts';

function capture(level: Level = 'info'): { logger: Logger; lines: Record<string, unknown>[]; texts: string[] } {
  const texts: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'trip',
    version: '1.2.3',
    level,
    write: (line) => {
      texts.push(line);
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { logger, lines, texts };
}

describe('createLogger', () => {
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterEach(() => {
    context.disable();
  });

  test('given a message and fields, writes one line of JSON with what every line has', () => {
    const { logger, lines, texts } = capture();
    logger.info('started', { port: 1 });
    expect(lines).toEqual([
      { timestamp: expect.any(String), level: 'info', message: 'started', service: 'trip', version: '1.2.3', port: 1 },
    ]);
    expect(new Date(String(lines[0]?.['timestamp'])).getTime()).not.toBeNaN();
    expect(texts[0]).not.toContain('\n');
  });

  test.each([
    ['debug', ['debug', 'info', 'warn', 'error', 'fatal']],
    ['warn', ['warn', 'error', 'fatal']],
    ['fatal', ['fatal']],
  ] as const)('at level %s, writes only what is as severe', (level, expected) => {
    const { logger, lines } = capture(level);
    for (const name of ['debug', 'info', 'warn', 'error', 'fatal'] as const) logger[name]('x');
    expect(lines.map((line) => line['level'])).toEqual(expected);
  });

  test('given fields with the names that every line has, moves them aside', () => {
    const { logger, lines } = capture();
    logger.info('x', { level: 'fatal', message: 'y', service: 'other', timestamp: 0 });
    expect(lines[0]).toMatchObject({
      level: 'info',
      message: 'x',
      service: 'trip',
      level_: 'fatal',
      service_: 'other',
    });
  });

  test('given an error, a cycle and a BigInt, writes them and does not throw', () => {
    const { logger, lines } = capture();
    const cycle: Record<string, unknown> = { n: 1n };
    cycle['self'] = cycle;
    logger.error('x', { error: new Error('broken'), cycle });
    expect(lines[0]).toMatchObject({ error: { message: 'broken', stack: expect.any(String) }, cycle: { n: '1' } });
  });

  test('given secrets in message and fields, hides them', () => {
    const { logger, texts } = capture();
    logger.info('mail ana@mail.example', { password: 'hush', note: 'card 4111111111111111' });
    expect(texts[0]).not.toMatch(/ana@|hush|4111/);
  });

  test('a child, adds its fields to each of its lines', () => {
    const { logger, lines } = capture();
    logger.child({ tripId: 't' }).child({ offerId: 'o' }).info('x');
    expect(lines[0]).toMatchObject({ tripId: 't', offerId: 'o' });
  });

  test('inside a span, carries its ids, and outside, those that the caller names', () => {
    const { logger, lines } = capture();
    const spanContext = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    context.with(trace.setSpanContext(context.active(), spanContext), () => logger.info('in', { trace_id: 'other' }));
    logger.info('out', { trace_id: 'given' });
    expect(lines[0]).toMatchObject({ trace_id: spanContext.traceId, span_id: spanContext.spanId, trace_flags: '01' });
    expect(lines[1]).toMatchObject({ trace_id: 'given' });
    expect(lines[1]).not.toHaveProperty('span_id');
  });
});

describe('silentLogger', () => {
  test('asked for anything, does nothing', () => {
    silentLogger.child({}).fatal('x');
    expect(silentLogger.child({})).toBe(silentLogger);
  });
});
