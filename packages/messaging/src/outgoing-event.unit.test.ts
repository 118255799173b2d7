import { describe, expect, it } from '@jest/globals';
import { driverLocated, driverStatusChanged, paymentAuthorized, userDeactivated } from '@rideshare/contracts';
import { newEvent } from './outgoing-event.ts';

const id = '019c0000-0000-7000-8000-000000000001';
const userId = '019c0000-0000-7000-8000-000000000002';
const fields = { id, occurredAt: new Date('2026-03-01T12:00:00Z'), source: 'user' };

describe('newEvent', () => {
  it('takes key and stream from the data, and itself for what it began with', () => {
    expect(newEvent(userDeactivated, { ...fields, sequence: 3, data: { userId, by: 'self' } })).toEqual({
      topic: 'user.events',
      key: userId,
      envelope: {
        id,
        type: 'user.deactivated',
        version: 1,
        stream: `user:${userId}`,
        sequence: 3,
        occurredAt: '2026-03-01T12:00:00.000Z',
        source: 'user',
        correlationId: id,
        causationId: id,
        data: { userId, by: 'self' },
      },
    });
  });

  it('with a key that is not its stream’s id, keeps both', () => {
    const data = {
      paymentId: '019c0000-0000-7000-8000-000000000003',
      tripId: '019c0000-0000-7000-8000-000000000004',
      riderId: userId,
      amount: { amount: 1_250, currency: 'EUR' },
    };
    const { key, envelope } = newEvent(paymentAuthorized, {
      ...fields,
      sequence: 1,
      data,
      correlationId: 'journey',
      causationId: 'cause',
    });
    expect([key, envelope.stream]).toEqual([data.tripId, `payment:${data.paymentId}`]);
    expect([envelope.correlationId, envelope.causationId]).toEqual(['journey', 'cause']);
  });

  it('with data that breaks the contract, names the place and not the value', () => {
    const spoilt = () =>
      newEvent(userDeactivated, { ...fields, sequence: 1, data: { userId: 'ana@example.org', by: 'self' } });
    expect(spoilt).toThrow(expect.objectContaining({ code: 'EVENT_INVALID', retryable: false }));
    expect(spoilt).toThrow(/\/userId/);
    expect(spoilt).not.toThrow(/ana@example.org/);
  });

  it('with a member that the contract does not know, at any depth, refuses it', () => {
    const data = { userId, by: 'self' as const, reason: 'moved' };
    expect(() => newEvent(userDeactivated, { ...fields, sequence: 1, data })).toThrow('members of its own');
    const deep = {
      driverId: userId,
      point: { lat: 1, lng: 2 },
      recordedAt: '2026-03-01T12:00:00Z',
      headingDeg: null,
      speedMps: null,
      state: 'available' as const,
      tripId: null,
      vehicleClass: 'economy' as const,
    };
    expect(newEvent(driverLocated, { ...fields, data: deep }).envelope.sequence).toBe(0);
    const deeper = { ...deep, point: { ...deep.point, alt: 3 } };
    expect(() => newEvent(driverLocated, { ...fields, data: deeper })).toThrow('breaks its contract');
  });

  it('without a sequence where there must be one, or with one where there must not, refuses', () => {
    expect(() => newEvent(userDeactivated, { ...fields, data: { userId, by: 'self' } })).toThrow('sequence');
    expect(driverStatusChanged.sequenced).toBe(true);
  });

  it('with an id that is no id, refuses', () => {
    const spoilt = { ...fields, id: 'seven', sequence: 1, data: { userId, by: 'self' as const } };
    expect(() => newEvent(userDeactivated, spoilt)).toThrow('/id');
  });
});
