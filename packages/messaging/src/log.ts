import type { Envelope, Topic } from '@rideshare/contracts';
import type { Transaction } from '@rideshare/kernel';
import type { MessagingDatabase } from './messaging-database.ts';

/** W3C trace context and what else travels beside an event. */
export type Headers = Readonly<Record<string, string>>;

/** An event on its way into the log. */
export interface NewRecord {
  readonly topic: Topic;
  /** Orders and partitions the topic. */
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: Envelope;
}

/** Where a record is. */
export interface Position {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
}

/** A record as it was read. What is in it is not trusted: it may have been written by another version of this code. */
export interface LogRecord extends Position {
  readonly key: string;
  readonly type: string;
  readonly headers: Headers;
  readonly envelope: unknown;
  readonly appendedAt: Date;
  /** False when the reader began after the beginning of the partition: the starts of old streams are unknown to it. */
  readonly fromBeginning: boolean;
}

/** What one look at the log brought. */
export interface Fetched {
  /** In the order of their offsets within each partition. */
  readonly records: readonly LogRecord[];
  /** Whether more is known to be there. */
  readonly more: boolean;
}

/** How many records of a topic a group has not consumed. */
export interface Lag {
  readonly topic: Topic;
  readonly records: number;
}

/** One process's part in a consumer group. */
export interface GroupMember {
  /** The next records after the committed offsets, at most `limit`; none while another process owns the partitions. */
  fetch(limit: number): Promise<Fetched>;
  /** Keeps the group through a long batch; false when this process does not own it. Cheap to call often. */
  renew(): Promise<boolean>;
  /**
   * Goes past `positions`, the last record of each partition, in `transaction` where the log is atomic with it.
   *
   * @throws `CONSUMER_FENCED` when another process owns the group by now; the transaction must roll back.
   */
  commit(positions: readonly Position[], transaction?: Transaction): Promise<void>;
  lag(): Promise<readonly Lag[]>;
  /** Gives the group to whoever asks next. */
  close(): Promise<void>;
}

/** A reader of its own: it sees every record and commits nothing. */
export interface TailReader {
  fetch(limit: number): Promise<Fetched>;
  /** Whether everything that was there when the reader was made has been read. */
  readonly caughtUp: boolean;
}

/** How many events of a topic were published. */
export interface Published {
  readonly topic: Topic;
  readonly events: number;
}

/** What the log can do where it lives in a service's own database. */
export interface AtomicLog {
  /** Moves the oldest events of some shards of the outbox into the log, at most `limit`: each leaves and enters at once. */
  moveOutbox(shards: readonly number[], limit: number): Promise<readonly Published[]>;
}

/**
 * A durable, partitioned log: records of a key keep the order in which they were published.
 *
 * @remarks One behaviour suite, `eventLogSuite` of `@rideshare/testing`, holds for every adapter.
 */
export interface EventLog {
  /** Resolves when the records are durable; with `durable: false`, when they are readable. */
  publish(records: readonly NewRecord[], options?: { readonly durable?: boolean }): Promise<void>;
  /** Defined where a transaction of `database` can carry records and offsets, too. */
  atomicWith(database: MessagingDatabase): AtomicLog | undefined;
  join(membership: {
    readonly group: string;
    readonly topics: readonly Topic[];
    readonly owner: string;
  }): Promise<GroupMember>;
  tail(options: { readonly topics: readonly Topic[]; readonly fromAgeMs: number }): Promise<TailReader>;
  /** Calls `wake` soon after a record came into one of `topics`; a hint that may be lost. */
  onAppend(topics: readonly Topic[], wake: () => void): Promise<{ close(): Promise<void> }>;
  /** Drops what retention no longer covers; safe to call from many processes. */
  maintain(): Promise<void>;
}
