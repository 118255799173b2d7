import { describe, expect, it } from '@jest/globals';
import type { Contact } from './contact.ts';
import { channelsFor, messagesFor } from './message.ts';
import type { Channel } from './message.ts';

const contact: Contact = {
  userId: 'rider',
  email: 'ana@example.org',
  firstName: 'Ana',
  phone: '+351912345678',
  language: 'en',
  wants: { email: true, sms: true, push: true },
  active: true,
  version: 1,
};
const origin = { eventId: 'event', correlationId: 'trip', at: new Date('2026-03-01T08:30:00Z') };

describe('channelsFor', () => {
  it('always has the inbox, and of the rest what fits the news', () => {
    expect(channelsFor('trip_completed', contact)).toEqual(['inbox', 'push', 'email']);
    expect(channelsFor('driver_arrived', contact)).toEqual(['inbox', 'push', 'sms']);
    expect(channelsFor('refund', contact)).toEqual(['inbox', 'email']);
  });

  it('leaves out what the person did not agree to', () => {
    const wants = { email: false, sms: false, push: false };
    expect(channelsFor('trip_completed', { ...contact, wants })).toEqual(['inbox']);
  });

  it('sends no text message to somebody without a number', () => {
    expect(channelsFor('driver_arrived', { ...contact, phone: null })).toEqual(['inbox', 'push']);
  });

  it('lets nothing leave the platform for a closed account', () => {
    expect(channelsFor('trip_completed', { ...contact, active: false })).toEqual(['inbox']);
  });
});

describe('messagesFor', () => {
  it('makes one message a channel, each with the id of its person and channel', () => {
    const notice = { userId: 'rider', audience: 'rider', kind: 'trip_accepted', tripId: 'trip', data: {} } as const;
    const idOf = (userId: string, channel: Channel) => `${userId}/${channel}`;
    const messages = messagesFor(notice, contact, origin, idOf);
    expect(messages.map(({ channel, id }) => [channel, id])).toEqual([
      ['inbox', 'rider/inbox'],
      ['push', 'rider/push'],
      ['sms', 'rider/sms'],
    ]);
    expect(new Set(messages.map(({ title }) => title))).toEqual(new Set(['Your driver is on the way']));
    expect(messages[0]).toMatchObject({ aboutEventId: 'event', correlationId: 'trip', createdAt: origin.at });
  });
});
