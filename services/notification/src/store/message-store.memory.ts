import { defineTable } from '@rideshare/memory';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { Message } from '../domain/message.ts';
import type {
  DeliveryOutcome,
  InboxItem,
  InboxPosition,
  MessageStore,
  PendingMessage,
  StoreHooks,
} from '../usecases/ports.ts';
import { contacts } from './contact-store.memory.ts';
import { publishSent } from './sent-events.ts';

/** A message, and how far it is on its way. */
export interface MessageFile {
  readonly message: Message;
  readonly state: 'pending' | 'sent' | 'failed' | 'skipped';
  readonly attempts: number;
  readonly nextAt: Date;
  readonly sentAt: Date | null;
  readonly lastError: string | null;
}

/** By id. */
export const messages = defineTable<MessageFile>('messages');
// the indexes: what waits, what somebody finds in their inbox, and what an event has told somebody on a channel
const pendingMessages = defineTable<{ readonly id: string }>('messages_pending');
const inboxes = defineTable<{ readonly ids: readonly string[] }>('messages_inbox');
const messageOfNews = defineTable<{ readonly id: string }>('messages_by_news');

function newsOf({ aboutEventId, userId, channel }: Message): string {
  return JSON.stringify([aboutEventId, userId, channel]);
}

function put(tx: MemoryTransaction, file: MessageFile): void {
  const { id } = file.message;
  tx.put(messages, id, file);
  if (file.state !== 'pending') tx.remove(pendingMessages, id);
  else if (!tx.get(pendingMessages, id)) tx.put(pendingMessages, id, { id });
}

/** Adds a message; false when it is there, by its id or by what it tells. */
function add(tx: MemoryTransaction, message: Message): boolean {
  const { id, channel, createdAt, userId } = message;
  if (tx.get(messages, id) || tx.get(messageOfNews, newsOf(message))) return false;
  const isInbox = channel === 'inbox';
  const state = isInbox ? 'sent' : 'pending';
  put(tx, { message, state, attempts: 0, nextAt: createdAt, sentAt: isInbox ? createdAt : null, lastError: null });
  tx.put(messageOfNews, newsOf(message), { id });
  if (isInbox) tx.put(inboxes, userId, { ids: [...(tx.get(inboxes, userId)?.ids ?? []), id] });
  return true;
}

function readPending(reader: TableReader): MessageFile[] {
  return reader.all(pendingMessages).flatMap(({ id }) => reader.get(messages, id) ?? []);
}

/** Whether a message waits for nothing but its channel. */
function isDue(reader: TableReader, { message, state, nextAt }: MessageFile, now: Date): boolean {
  return state === 'pending' && nextAt <= now && reader.get(contacts, message.userId) !== undefined;
}

/** Leases a message; what waited for an account that was closed meanwhile stays inside. */
function take(tx: MemoryTransaction, file: MessageFile, nextAt: Date): PendingMessage[] {
  const { message, attempts } = file;
  const contact = tx.get(contacts, message.userId);
  const isOpen = contact?.active === true;
  put(tx, { ...file, state: isOpen ? 'pending' : 'skipped', nextAt, attempts: attempts + 1 });
  if (!isOpen) return [];
  return [{ message, recipient: { userId: message.userId, email: contact.email, phone: contact.phone }, attempts }];
}

/** Notes what became of a message that still waits; true when it has left. */
function settle(tx: MemoryTransaction, outcome: DeliveryOutcome, sentAt: Date): MessageFile | undefined {
  const file = tx.get(messages, outcome.id);
  if (file?.state !== 'pending') return undefined;
  if (outcome.state === 'sent') {
    put(tx, { ...file, state: 'sent', sentAt, lastError: null });
    return file;
  }
  put(tx, { ...file, state: outcome.state, nextAt: outcome.nextAt, lastError: outcome.error });
  return undefined;
}

function newestFirst(a: InboxPosition, b: InboxPosition): number {
  const byTime = b.createdAt.getTime() - a.createdAt.getTime();
  if (byTime !== 0 || a.id === b.id) return byTime;
  return a.id < b.id ? 1 : -1;
}

function toItem({ id, kind, title, body, tripId, createdAt }: Message): InboxItem {
  return { id, kind, title, body, tripId, createdAt, readAt: null };
}

/** The messages in memory. */
export function createMemoryMessageStore(database: MemoryDatabase, hooks: StoreHooks): MessageStore {
  return {
    add: (operation, wanted) =>
      database.atomic(operation, (tx) => {
        const added = wanted.filter((message) => add(tx, message));
        const inbox = added.filter(({ channel }) => channel === 'inbox');
        publishSent(tx, inbox, operation.at);
        if (inbox.length < added.length) {
          tx.afterCommit(() => {
            hooks.onPending();
          });
        }
        return undefined;
      }),
    async takePending(limit, leaseMs) {
      // looked for outside the transaction, which then reads nothing but what it takes: others do not disturb it
      const found = await database.read((reader) =>
        readPending(reader)
          .filter((file) => isDue(reader, file, database.now()))
          .toSorted((a, b) => a.nextAt.getTime() - b.nextAt.getTime())
          .slice(0, limit),
      );
      if (found.length === 0) return [];
      return database.transaction((tx) => {
        const now = database.now();
        const nextAt = new Date(now.getTime() + leaseMs);
        return found
          .flatMap(({ message }) => tx.get(messages, message.id) ?? [])
          .filter((file) => isDue(tx, file, now))
          .flatMap((file) => take(tx, file, nextAt));
      });
    },
    settle: (outcomes, at) =>
      database.transaction((tx) => {
        const left = outcomes.flatMap((outcome) => settle(tx, outcome, at) ?? []);
        publishSent(
          tx,
          left.map(({ message }) => message),
          at,
        );
      }),
    inbox: (userId, limit, after) =>
      database.read((reader) => {
        const found = (reader.get(inboxes, userId)?.ids ?? [])
          .flatMap((id) => reader.get(messages, id)?.message ?? [])
          .filter((message) => !after || newestFirst(after, message) < 0)
          .toSorted(newestFirst);
        const items = found.slice(0, limit).map(toItem);
        const last = items.at(-1);
        return { items, next: found.length > limit && last ? { createdAt: last.createdAt, id: last.id } : undefined };
      }),
    countPending: () =>
      database.read((reader) => {
        const byChannel = Map.groupBy(readPending(reader), ({ message }) => message.channel);
        return Array.from(byChannel, ([channel, { length }]) => ({ channel, count: length }));
      }),
  };
}
