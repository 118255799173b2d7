import type { Secret } from '@rideshare/config';
import nodemailer from 'nodemailer';
import { deliveryFailed } from '../domain/errors.ts';
import type { Courier } from '../usecases/ports.ts';

/** For each step of a conversation; all of them together stay below the lease on a message. */
const TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 5;

/**
 * E-mail by SMTP.
 *
 * @remarks A server whose answer is lost may be given the message again; the Message-ID is the message's own, so that
 * mailboxes can tell.
 */
export function createSmtpEmail(options: { readonly url: Secret; readonly sender: string }): Courier {
  const transport = nodemailer.createTransport({
    url: options.url.reveal(),
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    dnsTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    connectionTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  return {
    async send(message, recipient) {
      await transport
        .sendMail({
          from: options.sender,
          to: recipient.email,
          subject: message.title,
          text: message.body,
          messageId: `<${message.id}@rideshare>`,
        })
        .catch((error: unknown) => {
          throw deliveryFailed(error);
        });
    },
  };
}
