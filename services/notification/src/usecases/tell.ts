import type { Operation } from '@rideshare/kernel';
import { contactUnknown } from '../domain/errors.ts';
import { messagesFor } from '../domain/message.ts';
import type { Notice } from '../domain/message.ts';
import type { ContactStore, MessageStore } from './ports.ts';

/** The event that a notice comes from. */
export interface Origin {
  readonly eventId: string;
  readonly correlationId: string;
}

/**
 * Writes down what people are told because of one event; telling twice changes nothing.
 *
 * @throws `CONTACT_UNKNOWN` (retryable) while a person's account has not been heard of.
 */
export async function tell(
  deps: { readonly contacts: ContactStore; readonly messages: MessageStore },
  operation: Operation<undefined>,
  origin: Origin,
  notices: readonly Notice[],
): Promise<void> {
  const known = await deps.contacts.findMany(
    operation,
    notices.map(({ userId }) => userId),
  );
  const contactOf = new Map(known.map((contact) => [contact.userId, contact]));
  const messages = notices.flatMap((notice) => {
    const contact = contactOf.get(notice.userId);
    if (!contact) throw contactUnknown();
    return messagesFor(notice, contact, { ...origin, at: operation.at }, (userId, channel) =>
      operation.id(`${userId}/${channel}`),
    );
  });
  await deps.messages.add(operation, messages);
}
