import { AppError } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { Headers } from './log.ts';
import { memoryTables } from './memory-tables.ts';
import type { MemoryOutboxRow } from './memory-tables.ts';
import { OUTBOX_SHARDS, outboxChannel } from './outbox-store.ts';
import type { OutboxRow, OutboxStore } from './outbox-store.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import { hashOf } from './partition.ts';

const { outbox } = memoryTables;

/** Writes events at once; their ids are in their order. */
export function appendInMemory(tx: MemoryTransaction, events: readonly OutgoingEvent[], headers: Headers): void {
  const createdAt = tx.database.now();
  for (const { topic, key, envelope } of events) {
    if (tx.get(outbox, envelope.id)) {
      throw new AppError('EVENT_DUPLICATE', 'internal', `${envelope.type} ${envelope.id} is in the outbox already`);
    }
    const id = tx.next('outbox');
    tx.put(outbox, envelope.id, { id, topic, key, headers, envelope: structuredClone(envelope), createdAt });
  }
  tx.afterCommit(() => {
    tx.database.notify(outboxChannel(tx.database.schema));
  });
}

/** The oldest events of `shards`, in their order. */
function oldestOf(reader: TableReader, shards: readonly number[], limit: number): readonly MemoryOutboxRow[] {
  return reader
    .all(outbox)
    .filter(({ key }) => shards.includes(hashOf(key) % OUTBOX_SHARDS))
    .toSorted((a, b) => a.id - b.id)
    .slice(0, limit);
}

/** Takes the oldest events of `shards` away in `tx`, those that are still there; returns them. */
export function takeFromOutbox(tx: MemoryTransaction, rows: readonly OutboxRow[]): readonly OutboxRow[] {
  return rows.filter(({ envelope }) => tx.remove(outbox, envelope.id));
}

/** The events that wait in the outbox of a database in memory, in their order: for tests and simulations. */
export async function waitingEvents(database: MemoryDatabase): Promise<readonly OutgoingEvent[]> {
  const rows = await database.read((reader) => reader.all(outbox));
  return rows.toSorted((a, b) => a.id - b.id).map(({ topic, key, envelope }) => ({ topic, key, envelope }));
}

/** The outbox in the schema of `database`. */
export function createMemoryOutbox(database: MemoryDatabase): OutboxStore {
  return {
    oldest: (shards, limit) => database.read((reader) => oldestOf(reader, shards, limit)),
    async remove(gone) {
      await database.transaction((tx) => takeFromOutbox(tx, gone));
    },
    backlog: () =>
      database.read((reader) => {
        const rows = reader.all(outbox);
        const nowMs = database.now().getTime();
        const sinceMs = Math.min(nowMs, ...rows.map(({ createdAt }) => createdAt.getTime()));
        return { events: rows.length, oldestAgeS: (nowMs - sinceMs) / 1_000 };
      }),
    onAppend: (hear) => Promise.resolve(database.listen(outboxChannel(database.schema), hear)),
  };
}
