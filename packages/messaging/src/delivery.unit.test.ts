import { describe, expect, it } from '@jest/globals';
import { userDeactivated } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import { manualScheduler } from '@rideshare/testing';
import { createHandlers, failureOf, HandlingError, isInfrastructure, readEnvelope } from './delivery.ts';
import { newEvent } from './outgoing-event.ts';
import { on } from './subscription.ts';

const event = newEvent(userDeactivated, {
  id: '019c0000-0000-7000-8000-000000000001',
  sequence: 1,
  occurredAt: new Date('2026-03-01T12:00:00Z'),
  source: 'user',
  data: { userId: '019c0000-0000-7000-8000-000000000002', by: 'self' },
});
const record = {
  ...event,
  partition: 0,
  offset: 7,
  type: event.envelope.type,
  headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
};

describe('failureOf', () => {
  it('keeps code and verdict of our errors, and takes any other for a passing trouble', () => {
    expect(failureOf(new AppError('NO', 'invalid', 'never'))).toEqual({
      code: 'NO',
      message: 'never',
      retryable: false,
    });
    expect(failureOf(new AppError('BUSY', 'unavailable', 'later'))).toMatchObject({ code: 'BUSY', retryable: true });
    expect(failureOf(new TypeError('x is undefined'))).toMatchObject({ code: 'UNEXPECTED', retryable: true });
    expect(failureOf(new Error(`a\0b${'c'.repeat(2_000)}`)).message).toMatch(/^abc{998}$/);
    expect(failureOf('text')).toMatchObject({ code: 'UNEXPECTED' });
  });
});

describe('isInfrastructure', () => {
  it('is about the engine under all events, and never about what a handler met elsewhere', () => {
    expect(isInfrastructure(new AppError('ENGINE_UNREACHABLE', 'unavailable', ''))).toBe(true);
    expect(isInfrastructure(new AppError('CONSUMER_FENCED', 'conflict', ''))).toBe(true);
    expect(isInfrastructure(new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', ''))).toBe(false);
    expect(isInfrastructure(Object.assign(new Error('fetch'), { code: 'ECONNREFUSED' }))).toBe(false);
  });
});

describe('readEnvelope', () => {
  it('keeps no member that the envelope does not have, and reads nothing that is not one', () => {
    expect(readEnvelope({ ...record, envelope: { ...event.envelope, later: 1 } })).toEqual(event.envelope);
    expect(readEnvelope({ ...record, envelope: 'text' })).toBeUndefined();
  });
});

describe('createHandlers', () => {
  const handlersFor = (handle: Parameters<typeof on<typeof userDeactivated>>[1]) =>
    createHandlers('group', [on(userDeactivated, handle)], manualScheduler());
  const attempt = (handlers: ReturnType<typeof handlersFor>, envelope = event.envelope) => {
    const subscription = handlers.find(envelope);
    if (!subscription) throw new Error('not subscribed');
    return handlers.handle({ record, envelope, subscription, attempt: 2 });
  };

  it('finds nothing for a type that nobody subscribed to, and refuses an unknown version of one that is', () => {
    const handlers = handlersFor(() => Promise.resolve('applied'));
    expect(handlers.find({ ...event.envelope, type: 'user.registered' })).toBeUndefined();
    expect(() => handlers.find({ ...event.envelope, version: 2 })).toThrow(HandlingError);
    handlers.close();
  });

  it('hands over the data by its schema, the attempt, the headers, and ids of the event and the group', async () => {
    const seen: unknown[] = [];
    const handlers = handlersFor((given, delivery) => {
      seen.push(given.data, delivery.attempt, delivery.headers, delivery.at.toISOString(), delivery.transaction);
      return Promise.resolve('skipped');
    });
    const data = { ...(event.envelope.data as object), later: 'unknown' };
    expect(await attempt(handlers, { ...event.envelope, data })).toBe('skipped');
    expect(seen).toEqual([event.envelope.data, 2, record.headers, event.envelope.occurredAt, undefined]);
    handlers.close();
  });

  it('tells a failure of the handler from one of the engine', async () => {
    const failing = (error: Error) => attempt(handlersFor(() => Promise.reject(error)));
    await expect(failing(new Error('no'))).rejects.toMatchObject({ eventId: event.envelope.id });
    await expect(failing(new AppError('COMMIT_AMBIGUOUS', 'unavailable', ''))).rejects.toMatchObject({
      code: 'COMMIT_AMBIGUOUS',
    });
  });

  it('with data that breaks the contract, does not call the handler', async () => {
    const handlers = handlersFor(() => Promise.reject(new Error('called')));
    await expect(attempt(handlers, { ...event.envelope, data: { userId: 1 } })).rejects.toMatchObject({
      failure: { code: 'EVENT_INVALID', retryable: false },
    });
  });
});
