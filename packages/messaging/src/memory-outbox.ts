import type { Envelope, Topic } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import { defineTable } from '@rideshare/memory';
import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import type { Headers } from './log.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import { outboxChannel } from './outbox-channel.ts';

/** An unsent event, under the event's id. */
export interface MemoryOutboxRow {
  /** Ids of a key follow its versions. */
  readonly id: number;
  readonly topic: Topic;
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: Envelope;
  readonly createdAt: Date;
}

/** The outbox of a database in memory. */
export const memoryOutbox = defineTable<MemoryOutboxRow>('outbox');

/** Writes events at once; their ids are in their order. */
export function appendInMemory(tx: MemoryTransaction, events: readonly OutgoingEvent[], headers: Headers): void {
  const createdAt = tx.database.now();
  for (const { topic, key, envelope } of events) {
    if (tx.get(memoryOutbox, envelope.id)) {
      throw new AppError('EVENT_DUPLICATE', 'internal', `${envelope.type} ${envelope.id} is in the outbox already`);
    }
    const id = tx.next('outbox');
    tx.put(memoryOutbox, envelope.id, { id, topic, key, headers, envelope: structuredClone(envelope), createdAt });
  }
  tx.afterCommit(() => {
    tx.database.notify(outboxChannel(tx.database.schema));
  });
}

/** The events that wait in the outbox of a database in memory, in their order: for tests and simulations. */
export async function waitingEvents(database: MemoryDatabase): Promise<readonly OutgoingEvent[]> {
  const rows = await database.read((reader) => reader.all(memoryOutbox));
  return rows.toSorted((a, b) => a.id - b.id).map(({ topic, key, envelope }) => ({ topic, key, envelope }));
}
