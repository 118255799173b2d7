/** What a service keeps for its relays and consumers in a database in memory: the tables of PostgreSQL, row by row. */
import type { Envelope, Topic } from '@rideshare/contracts';
import { defineTable } from '@rideshare/memory';
import type { Counts, RetryingEvent, WaitingEvent } from './consumer-store.ts';
import type { DeadLetterContent } from './dead-letters.ts';
import type { OutboxRow } from './outbox-store.ts';

/** An unsent event. */
export interface MemoryOutboxRow extends OutboxRow {
  readonly topic: Topic;
  readonly envelope: Envelope;
  readonly createdAt: Date;
}

/** An event that waits for one before it. */
export interface MemoryParkedEvent extends WaitingEvent {
  readonly parkedAt: Date;
}

/** An event that waits for its next attempt. */
export interface MemoryRetry extends RetryingEvent {
  readonly code: string;
  readonly message: string;
  readonly dueAt: Date;
}

/** What waits of one stream in one group, in the order of its sequences; a stream of which nothing waits has no row. */
export interface MemoryQueue<Event extends WaitingEvent> {
  readonly group: string;
  readonly stream: string;
  readonly events: readonly Event[];
}

/** Each table, and what its keys are made of. */
export const memoryTables = {
  /** By event: it is there once. */
  outbox: defineTable<MemoryOutboxRow>('outbox'),
  /** By group and event. */
  inbox: defineTable<{ readonly group: string; readonly processedAt: Date }>('inbox'),
  /** By group and stream. */
  heads: defineTable<{ readonly sequence: number }>('stream_heads'),
  /** By group and stream. */
  parked: defineTable<MemoryQueue<MemoryParkedEvent>>('parked_events'),
  /** By group and stream. */
  retries: defineTable<MemoryQueue<MemoryRetry>>('event_retries'),
  /** By id. */
  deadLetters: defineTable<DeadLetterContent>('dead_letters'),
  /** By group and topic. */
  counts: defineTable<Readonly<Counts> & { readonly group: string; readonly topic: Topic }>('consumer_counts'),
} as const;

/** The key of what a group has of something. */
export function groupKey(group: string, name: string): string {
  return `${group}\n${name}`;
}
