/** The memory of a consumer group in a database in memory. */
import { AppError, assert } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type {
  ConsumerReader,
  ConsumerStore,
  ConsumerWriter,
  NewDeadLetter,
  NewRetry,
  Progress,
  WaitingFigures,
} from './consumer-store.ts';
import { dequeue, enqueue, queueOf, waitingOf } from './memory-queues.ts';
import { groupKey, memoryTables } from './memory-tables.ts';
import type { MemoryRetry } from './memory-tables.ts';

const { counts: countsTable, deadLetters, heads: headsTable, inbox, parked, retries } = memoryTables;
// as in PostgreSQL: a long queue is drained by the sweeps that follow
const PARKED_LOADED_MAX = 1_000;
const DAY_MS = 86_400_000;

type Reading = <T>(work: (reader: TableReader) => T) => Promise<T>;

function readerOn(read: Reading, group: string): ConsumerReader {
  return {
    loadState: (streams, eventIds) =>
      read((reader) => {
        const waiting = (table: typeof parked | typeof retries) =>
          new Set(streams.filter((stream) => reader.get<object>(table, groupKey(group, stream)) !== undefined));
        return {
          heads: new Map(
            streams.flatMap((stream) => {
              const head = reader.get(headsTable, groupKey(group, stream));
              return head ? [[stream, head.sequence]] : [];
            }),
          ),
          seen: new Set(eventIds.filter((id) => reader.get(inbox, groupKey(group, id)) !== undefined)),
          parkedStreams: waiting(parked),
          retriedStreams: waiting(retries),
        };
      }),
    loadParked: (streams) =>
      read((reader) =>
        streams
          .toSorted()
          .flatMap((stream) => queueOf(reader, parked, { group, stream }))
          .slice(0, PARKED_LOADED_MAX),
      ),
  };
}

/** Writes heads, inbox and counts. */
export function saveProgress(tx: MemoryTransaction, group: string, { heads, seen, counts }: Progress): void {
  for (const [stream, sequence] of heads) {
    const held = tx.get(headsTable, groupKey(group, stream));
    if (!held || held.sequence < sequence) tx.put(headsTable, groupKey(group, stream), { sequence });
  }
  const processedAt = tx.database.now();
  for (const eventId of seen) {
    const key = groupKey(group, eventId);
    if (tx.get(inbox, key)) {
      throw new AppError('CONSUMER_FENCED', 'conflict', 'an event has had its effect already', { retryable: true });
    }
    tx.put(inbox, key, { group, processedAt });
  }
  for (const [topic, added] of counts) {
    const key = groupKey(group, topic);
    const held = tx.get(countsTable, key);
    const sum = {
      consumed: (held?.consumed ?? 0) + added.consumed,
      applied: (held?.applied ?? 0) + added.applied,
      skipped: (held?.skipped ?? 0) + added.skipped,
      parked: (held?.parked ?? 0) + added.parked,
      dead: (held?.dead ?? 0) + added.dead,
    };
    assert(sum.consumed === sum.applied + sum.skipped + sum.parked + sum.dead, 'a record came to nothing');
    tx.put(countsTable, key, { group, topic, ...sum });
  }
}

function toRetry(now: Date, { failure, delayMs, firstFailedAt = now, ...event }: NewRetry): MemoryRetry {
  const { code, message } = failure;
  return { ...event, firstFailedAt, code, message, dueAt: new Date(now.getTime() + delayMs) };
}

function insertDeadLetter(tx: MemoryTransaction, group: string, letter: NewDeadLetter): void {
  const { record, eventId = null, stream = null, sequence = null, attempts, failure } = letter;
  const { code, message } = failure;
  const lastFailedAt = tx.database.now();
  const id = tx.next('dead_letters');
  tx.put(deadLetters, String(id), {
    ...record,
    ...{ id, group, eventId, stream, sequence, code, message, attempts },
    firstFailedAt: letter.firstFailedAt ?? lastFailedAt,
    lastFailedAt,
  });
}

function writerOn(tx: MemoryTransaction, group: string): ConsumerWriter {
  const written = <T>(work: () => T) => Promise.resolve().then(work);
  return {
    ...readerOn((work) => written(() => work(tx)), group),
    transaction: tx,
    writeCollected: () => Promise.resolve(), // everything is written at once
    saveProgress: (progress) =>
      written(() => {
        saveProgress(tx, group, progress);
      }),
    insertParked: (events) =>
      written(() => {
        const parkedAt = tx.database.now();
        const coming = events.map((event) => ({ ...event, parkedAt }));
        return enqueue(tx, parked, group, coming, (one, other) => one.sequence === other.sequence);
      }),
    deleteParked: (events) =>
      written(() => {
        const sizes = [...Map.groupBy(events, ({ stream }) => stream)].map(([stream, gone]) => {
          const sequences = new Set(gone.map(({ sequence }) => sequence));
          return dequeue(tx, parked, { group, stream }, ({ sequence }) => sequences.has(sequence)).length;
        });
        return sizes.reduce((sum, size) => sum + size, 0);
      }),
    takeStaleParked: (olderThanS, limit) => written(() => takeStaleParked(tx, group, { olderThanS, limit })),
    insertRetries: (failed) =>
      written(() => {
        const coming = failed.map((retry) => toRetry(tx.database.now(), retry));
        const added = enqueue(tx, retries, group, coming, (one, other) => one.eventId === other.eventId);
        return added.map(({ eventId }) => eventId);
      }),
    deleteRetry: ({ stream, eventId }) =>
      written(() => dequeue(tx, retries, { group, stream }, (each) => each.eventId === eventId).length === 1),
    deleteOvertakenRetries: (stream, sequence) =>
      written(() =>
        dequeue(tx, retries, { group, stream }, (each) => each.sequence <= sequence).map(({ record }) => record.topic),
      ),
    insertDeadLetters: (letters) =>
      written(() => {
        for (const letter of letters) insertDeadLetter(tx, group, letter);
      }),
  };
}

function takeStaleParked(
  tx: MemoryTransaction,
  group: string,
  { olderThanS, limit }: { readonly olderThanS: number; readonly limit: number },
) {
  const beforeMs = tx.database.now().getTime() - olderThanS * 1_000;
  const stale = waitingOf(tx, parked, group)
    .filter(({ parkedAt }) => parkedAt.getTime() < beforeMs)
    .filter(({ stream }) => queueOf(tx, retries, { group, stream }).length === 0)
    .slice(0, limit);
  return [...Map.groupBy(stale, ({ stream }) => stream)].flatMap(([stream, gone]) =>
    dequeue(tx, parked, { group, stream }, (event) => gone.includes(event)),
  );
}

function figuresOf(reader: TableReader, group: string, nowMs: number): WaitingFigures {
  const waiting = waitingOf(reader, parked, group);
  const sinceMs = Math.min(nowMs, ...waiting.map(({ parkedAt }) => parkedAt.getTime()));
  return {
    parked: waiting.length,
    oldestParkedAgeS: (nowMs - sinceMs) / 1_000,
    retries: waitingOf(reader, retries, group).length,
    deadLetters: reader.all(deadLetters).filter((letter) => letter.group === group).length,
  };
}

/** Forgets the oldest rows; in the order in which they came, so that a look at the first one is nearly always enough. */
async function purgeInbox(database: MemoryDatabase, group: string, beforeMs: number, limit: number): Promise<void> {
  const old = await database.read((reader) => {
    const keys: string[] = [];
    for (const [key, row] of reader.entries(inbox)) {
      if (row.processedAt.getTime() >= beforeMs || keys.length === limit) break;
      if (row.group === group) keys.push(key);
    }
    return keys;
  });
  if (old.length === 0) return;
  await database.transaction((tx) => {
    for (const key of old) tx.remove(inbox, key);
  });
}

/** What `group` keeps in the schema of `database`. */
export function createMemoryConsumerStore(database: MemoryDatabase, group: string): ConsumerStore {
  const nowMs = () => database.now().getTime();
  return {
    ...readerOn((work) => database.read(work), group),
    transaction: (work) => database.transaction((tx) => work(writerOn(tx, group))),
    findDueRetries: (limit) =>
      database.read((reader) =>
        waitingOf(reader, retries, group)
          .filter(({ dueAt }) => dueAt.getTime() <= nowMs())
          .slice(0, limit),
      ),
    findDrainable: (limit) =>
      database.read((reader) =>
        waitingOf(reader, parked, group)
          .filter(({ stream, sequence }) => {
            const head = reader.get(headsTable, groupKey(group, stream))?.sequence ?? 0;
            return sequence <= head + 1;
          })
          .slice(0, limit),
      ),
    countParked: (olderThanS) =>
      database.read(
        (reader) =>
          waitingOf(reader, parked, group).filter(({ parkedAt }) => parkedAt.getTime() < nowMs() - olderThanS * 1_000)
            .length,
      ),
    purgeInbox: (olderThanD, limit) => purgeInbox(database, group, nowMs() - olderThanD * DAY_MS, limit),
    figures: () => database.read((reader) => figuresOf(reader, group, nowMs())),
  };
}
