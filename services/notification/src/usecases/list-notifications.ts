import type { InboxPage, InboxPosition, MessageStore } from './ports.ts';

/** One page of a person's inbox, newest first. */
export function listNotifications(
  deps: { readonly messages: MessageStore },
  query: { readonly userId: string; readonly limit: number; readonly after: InboxPosition | undefined },
): Promise<InboxPage> {
  return deps.messages.inbox(query.userId, query.limit, query.after);
}
