import { createHash, randomUUID } from 'node:crypto';
import { driverLocated, userDeactivated, userRegistered, userUpdated } from '@rideshare/contracts';
import { newEvent } from '@rideshare/messaging';
import type { LogRecord, NewRecord, OutgoingEvent } from '@rideshare/messaging';

/** Any moment will do: nothing here depends on it. */
const OCCURRED_AT = new Date('2026-03-01T12:00:00.000Z');

const profile = {
  email: 'ana@example.org',
  firstName: 'Ana',
  lastName: 'Sousa',
  phone: null,
  roles: ['rider' as const],
  status: 'active' as const,
  language: 'pt',
  notifications: { email: true, sms: false, push: true },
};

/** The id of the user that a test calls `name`; always the same. */
export function userIdOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(12, 15)}`, `8${hex.slice(15, 18)}`, hex.slice(18, 30)].join(
    '-',
  );
}

/** The stream of one user's events. */
export function userStream(name: string): string {
  return `user:${userIdOf(name)}`;
}

/** The event with which the stream of a user has come to `sequence`: a registration, and updates after it. */
export function userEvent(name: string, sequence: number): OutgoingEvent {
  const userId = userIdOf(name);
  const fields = { id: randomUUID(), sequence, occurredAt: OCCURRED_AT, source: 'user', data: { userId, ...profile } };
  return sequence === 1 ? newEvent(userRegistered, fields) : newEvent(userUpdated, fields);
}

/** The event that ends the stream of a user. */
export function userEnd(name: string, sequence: number): OutgoingEvent {
  const data = { userId: userIdOf(name), by: 'self' as const };
  return newEvent(userDeactivated, { id: randomUUID(), sequence, occurredAt: OCCURRED_AT, source: 'user', data });
}

/** An event of a topic without sequences. */
export function locatedEvent(driverId: string): OutgoingEvent {
  const data = {
    driverId,
    point: { lat: 41.15, lng: -8.61 },
    recordedAt: OCCURRED_AT.toISOString(),
    headingDeg: null,
    speedMps: null,
    state: 'available' as const,
    tripId: null,
    vehicleClass: 'economy' as const,
  };
  return newEvent(driverLocated, { id: randomUUID(), occurredAt: OCCURRED_AT, source: 'driver', data });
}

/** The record of an event, as a relay would publish it. */
export function recordOf(event: OutgoingEvent, headers: NewRecord['headers'] = {}): NewRecord {
  return { ...event, headers };
}

/** The sequence in a record that is known to be well-formed. */
export function sequenceOf({ envelope }: Pick<LogRecord, 'envelope'>): number {
  return (envelope as { readonly sequence: number }).sequence;
}
