import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@rideshare/config';
import { createAbsentCourier } from '../src/clients/absent-courier.ts';
import { createMailboxEmail, createMailboxText } from '../src/clients/mailbox-courier.ts';
import { createSmtpEmail } from '../src/clients/smtp-courier.ts';
import type { Message } from '../src/domain/message.ts';

const message: Message = {
  id: '0199a7c4-0000-7000-8000-000000000001',
  userId: 'rider',
  kind: 'trip_completed',
  channel: 'email',
  template: 'trip-completed.rider.v1',
  title: 'Your receipt',
  body: 'Thank you for riding.',
  tripId: null,
  aboutEventId: 'event',
  correlationId: 'trip',
  createdAt: new Date('2026-03-01T08:30:00Z'),
};
const recipient = { userId: 'rider', email: 'ana@example.org', phone: '+351912345678' };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'mailbox-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the development mailbox', () => {
  it('holds one e-mail a message, however often it is sent', async () => {
    const courier = createMailboxEmail(path.join(directory, 'made on demand'));
    await courier.send(message, recipient);
    await courier.send(message, recipient);
    expect(readdirSync(path.join(directory, 'made on demand'))).toEqual([`${message.id}.eml`]);
    const mail = readFileSync(path.join(directory, 'made on demand', `${message.id}.eml`), 'utf8');
    expect(mail).toContain('To: ana@example.org');
    expect(mail).toContain('Subject: Your receipt');
    expect(mail).toContain('Thank you for riding.');
  });

  it('holds text messages with the number and pushes with the person', async () => {
    const courier = createMailboxText(directory);
    await courier.send({ ...message, channel: 'sms' }, recipient);
    await courier.send({ ...message, channel: 'push' }, recipient);
    const read = (channel: string) =>
      JSON.parse(readFileSync(path.join(directory, `${message.id}.${channel}.json`), 'utf8')) as { to: string };
    expect(read('sms').to).toBe('+351912345678');
    expect(read('push').to).toBe('rider');
  });

  it('says that it failed when it cannot write', async () => {
    const nowhere = '/dev/null/mailbox';
    const failed = { code: 'DELIVERY_FAILED', retryable: true };
    await expect(createMailboxEmail(nowhere).send(message, recipient)).rejects.toMatchObject(failed);
    await expect(createMailboxText(nowhere).send(message, recipient)).rejects.toMatchObject(failed);
  });
});

describe('a channel that is not there', () => {
  it('fails for an absent provider and for a server that does not answer', async () => {
    const failed = { code: 'DELIVERY_FAILED' };
    await expect(createAbsentCourier('SMTP_URL').send(message, recipient)).rejects.toMatchObject(failed);
    const smtp = createSmtpEmail({ url: new Secret('smtp://127.0.0.1:1'), sender: 'a@example.org' });
    await expect(smtp.send(message, recipient)).rejects.toMatchObject(failed);
  });
});
