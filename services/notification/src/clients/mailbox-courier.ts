import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { deliveryFailed } from '../domain/errors.ts';
import type { Message, Recipient } from '../domain/message.ts';
import type { Courier } from '../usecases/ports.ts';

const SENDER = 'Rideshare <no-reply@rideshare.local>';

/** A file is complete or absent, and the name is the message's id: a repeat replaces the same file. */
async function put(directory: string, name: string, content: string | Buffer): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}

/** E-mail as RFC 5322 files, for development. */
export function createMailboxEmail(directory: string): Courier {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true });
  return {
    async send(message: Message, recipient: Recipient) {
      try {
        const mail = await composer.sendMail({
          from: SENDER,
          to: recipient.email,
          subject: message.title,
          text: message.body,
          date: message.createdAt,
          messageId: `<${message.id}@rideshare.local>`,
        });
        await put(directory, `${message.id}.eml`, mail.message as Buffer);
      } catch (error) {
        throw deliveryFailed(error);
      }
    },
  };
}

/** Text messages and pushes as JSON files, for development. */
export function createMailboxText(directory: string): Courier {
  return {
    async send(message, recipient) {
      const to = message.channel === 'sms' ? recipient.phone : recipient.userId;
      const content = { channel: message.channel, to, title: message.title, body: message.body, at: message.createdAt };
      await put(directory, `${message.id}.${message.channel}.json`, `${JSON.stringify(content, null, 2)}\n`).catch(
        (error: unknown) => {
          throw deliveryFailed(error);
        },
      );
    },
  };
}
