import type { Contact } from './contact.ts';
import { renderTemplate } from './templates.ts';
import type { Audience, Kind, TemplateData } from './templates.ts';

/** A way to reach a person. */
export type Channel = 'inbox' | 'email' | 'sms' | 'push';

/** Something a person is to be told, before it is known how. */
export interface Notice {
  readonly userId: string;
  readonly audience: Audience;
  readonly kind: Kind;
  readonly tripId: string | null;
  readonly data: TemplateData;
}

/** One message on one channel. */
export interface Message {
  readonly id: string;
  readonly userId: string;
  readonly kind: Kind;
  readonly channel: Channel;
  readonly template: string;
  readonly title: string;
  readonly body: string;
  readonly tripId: string | null;
  readonly aboutEventId: string;
  readonly correlationId: string;
  readonly createdAt: Date;
}

/** What a message that leaves the platform needs to find its way. */
export interface Recipient {
  readonly email: string;
  readonly phone: string | null;
  readonly userId: string;
}

/**
 * The channels of each kind beside the inbox, which gets everything: what is urgent is pushed, what is kept is mailed, and a
 * text message goes out only where somebody is about to stand in the street.
 */
const CHANNELS: Readonly<Record<Kind, readonly Exclude<Channel, 'inbox'>[]>> = {
  trip_accepted: ['push', 'sms'],
  driver_arrived: ['push', 'sms'],
  trip_completed: ['push', 'email'],
  trip_cancelled: ['push'],
  trip_expired: ['push'],
  payment_failed: ['push', 'email'],
  refund: ['email'],
};

/** The channels on which `contact` is told of `kind`: the inbox, and those of the kind that they agreed to. */
export function channelsFor(kind: Kind, contact: Contact): Channel[] {
  if (!contact.active) return ['inbox'];
  const agreed = CHANNELS[kind].filter(
    (channel) => contact.wants[channel] && (channel !== 'sms' || contact.phone !== null),
  );
  return ['inbox', ...agreed];
}

/** The messages of a notice, one a channel; `idOf` names each for good. */
export function messagesFor(
  notice: Notice,
  contact: Contact,
  origin: { readonly eventId: string; readonly correlationId: string; readonly at: Date },
  idOf: (userId: string, channel: Channel) => string,
): Message[] {
  const { body, template, title } = renderTemplate(notice.kind, notice.audience, contact.language, notice.data);
  return channelsFor(notice.kind, contact).map((channel) => ({
    id: idOf(notice.userId, channel),
    userId: notice.userId,
    kind: notice.kind,
    channel,
    template,
    title,
    body,
    tripId: notice.tripId,
    aboutEventId: origin.eventId,
    correlationId: origin.correlationId,
    createdAt: origin.at,
  }));
}
