export { createConsumer } from './consumer.ts';
export type { ConsumerOptions } from './consumer.ts';
export { createDeadLetters } from './dead-letters.ts';
export type { DeadLetter, DeadLetterContent, DeadLetterFilter, DeadLetters } from './dead-letters.ts';
export { createEmbeddedLog } from './embedded-log.ts';
export type { EmbeddedLogOptions } from './embedded-log.ts';
export type {
  AtomicLog,
  EventLog,
  Fetched,
  GroupMember,
  Headers,
  Lag,
  LogRecord,
  NewRecord,
  Position,
  Published,
  TailReader,
} from './log.ts';
export { waitingEvents } from './memory-outbox.ts';
export { memoryTables } from './memory-tables.ts';
export type { MemoryOutboxRow, MemoryParkedEvent, MemoryQueue, MemoryRetry } from './memory-tables.ts';
export type { MessagingDatabase } from './messaging-database.ts';
export { createMemoryLog } from './memory-log.ts';
export type { MemoryLogOptions } from './memory-log.ts';
export { newEvent } from './outgoing-event.ts';
export type { EventFields, OutgoingEvent } from './outgoing-event.ts';
export { appendToOutbox } from './outbox.ts';
export { partitionOf } from './partition.ts';
export { publishUnlogged } from './publish-unlogged.ts';
export { createRelay } from './relay.ts';
export type { RelayOptions } from './relay.ts';
export { messagingStore } from './messaging-store.ts';
export type { LeaseStore, MessagingStore } from './messaging-store.ts';
export { on } from './subscription.ts';
export type { Delivery, HandlerOutcome, Subscription } from './subscription.ts';
export { createTail } from './tail.ts';
export type { TailOptions } from './tail.ts';
export type { Worker } from './worker.ts';
