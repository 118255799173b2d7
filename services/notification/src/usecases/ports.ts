import type { Operation } from '@rideshare/kernel';
import type { Contact } from '../domain/contact.ts';
import type { Channel, Message, Recipient } from '../domain/message.ts';

/** One page of an inbox. */
export interface InboxPage {
  readonly items: readonly InboxItem[];
  readonly next: InboxPosition | undefined;
}

/** Where a page of an inbox ends. */
export interface InboxPosition {
  readonly createdAt: Date;
  readonly id: string;
}

/** A message as the inbox shows it. */
export interface InboxItem {
  readonly id: string;
  readonly kind: Message['kind'];
  readonly title: string;
  readonly body: string;
  readonly tripId: string | null;
  readonly createdAt: Date;
  readonly readAt: Date | null;
}

/** The people who can be told something. */
export interface ContactStore {
  /** Keeps the newest version; older news change nothing. */
  put(operation: Operation<undefined>, contact: Contact): Promise<void>;
  /** Marks an account closed. */
  deactivate(operation: Operation<undefined>, userId: string, version: number): Promise<void>;
  findMany(operation: Operation<undefined>, userIds: readonly string[]): Promise<readonly Contact[]>;
}

/** A message that waits for its channel. */
export interface PendingMessage {
  readonly message: Message;
  readonly recipient: Recipient;
  readonly attempts: number;
}

/** What became of an attempt to deliver. */
export type DeliveryOutcome =
  | { readonly id: string; readonly state: 'sent' }
  | { readonly id: string; readonly state: 'failed' | 'pending'; readonly error: string; readonly nextAt: Date };

/** The messages. */
export interface MessageStore {
  /** Adds what is not there yet. Inbox messages are sent by being written; the others wait for their channel. */
  add(operation: Operation<undefined>, messages: readonly Message[]): Promise<void>;
  /** Takes up to `limit` due messages for `leaseMs`; nobody else is given them in that time. */
  takePending(limit: number, leaseMs: number): Promise<readonly PendingMessage[]>;
  /** Records outcomes, with the event of each message that left. */
  settle(outcomes: readonly DeliveryOutcome[], at: Date): Promise<void>;
  inbox(userId: string, limit: number, after: InboxPosition | undefined): Promise<InboxPage>;
  /** Messages that wait, by channel, for the gauge. */
  countPending(): Promise<readonly { readonly channel: Channel; readonly count: number }[]>;
}

/**
 * A way out of the platform.
 *
 * @remarks Sending a message again must not reach the person twice where the channel can tell: the id goes along.
 */
export interface Courier {
  /** @throws When the channel did not take it. */
  send(message: Message, recipient: Recipient): Promise<void>;
}

/** Business signals. */
export interface Signals {
  delivered(channel: Channel): void;
  deliveryFailed(channel: Channel, givenUp: boolean): void;
}

/** What the stores ask of those who stand on them. */
export interface StoreHooks {
  /** Called once it is committed that messages wait for their channel. */
  onPending(): void;
}

/** Everything that the service keeps. */
export interface Stores {
  readonly contacts: ContactStore;
  readonly messages: MessageStore;
}
