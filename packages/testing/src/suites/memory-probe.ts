import { asMemory, defineTable } from '@rideshare/memory';
import type { Interference, MemoryDatabase } from '@rideshare/memory';
import { memoryTables } from '@rideshare/messaging';
import type { ConsumerFigures, MessagingProbe, NewEffect, MessagingTable } from './messaging-probe.ts';

const effects = defineTable<NewEffect>('effects');
const FAR = new Date('9999-01-01');
const NOTHING: ConsumerFigures = { consumed: 0, applied: 0, skipped: 0, parked: 0, dead: 0 };

/** What a probe brings between a process and its database. */
export interface MemoryMeddling {
  readonly interfere: Interference;
  /** Noted by the probe: the sequences of the effects that the open transaction has written. */
  readonly written: Set<number>;
  refusedSequence: number | undefined;
}

/** Refuses commits, for a process with one transaction at a time. */
export function memoryMeddling(): MemoryMeddling {
  const meddling: MemoryMeddling = {
    written: new Set(),
    refusedSequence: undefined,
    interfere: (step) => {
      const { written, refusedSequence } = meddling;
      if (step === 'begin') written.clear();
      if (step === 'commit' && refusedSequence !== undefined && written.has(refusedSequence)) {
        return Promise.reject(new Error('the books do not balance'));
      }
      return Promise.resolve();
    },
  };
  return meddling;
}

function countRows(table: MessagingTable): (database: MemoryDatabase) => Promise<number> {
  const { outbox, inbox, parked, retries } = memoryTables;
  if (table === 'outbox') return (database) => database.read((reader) => reader.all(outbox).length);
  if (table === 'inbox') return (database) => database.read((reader) => reader.all(inbox).length);
  const queues = table === 'parked_events' ? parked : retries;
  return (database) =>
    database.read((reader) =>
      [...reader.entries<{ readonly events: readonly unknown[] }>(queues)].reduce(
        (sum, [, { events }]) => sum + events.length,
        0,
      ),
    );
}

function sumOf(figures: readonly ConsumerFigures[]): ConsumerFigures {
  return figures.reduce(
    (sum, row) => ({
      consumed: sum.consumed + row.consumed,
      applied: sum.applied + row.applied,
      skipped: sum.skipped + row.skipped,
      parked: sum.parked + row.parked,
      dead: sum.dead + row.dead,
    }),
    NOTHING,
  );
}

/** Looks into the tables of a database in memory. */
export function memoryProbe(database: MemoryDatabase, meddling: MemoryMeddling): MessagingProbe {
  const { counts, heads, inbox, parked, retries } = memoryTables;
  return {
    kind: 'memory',
    prepare: () => Promise.resolve(), // a table in memory is there as soon as it is named
    transaction: (work) => database.transaction(work),
    async atomic(operation, work) {
      await database.atomic(operation, work);
    },
    addEffect(transaction, effect, { once }) {
      const tx = asMemory(transaction);
      const isThere = () =>
        tx.all(effects).some(({ group, eventId }) => group === effect.group && eventId === effect.eventId);
      if (!once || !isThere()) tx.put(effects, String(tx.next('effects')), effect);
      meddling.written.add(effect.sequence);
      return Promise.resolve();
    },
    effects: (group) =>
      database.read((reader) =>
        reader
          .all(effects)
          .filter((effect) => effect.group === group)
          .map(({ stream, sequence }) => ({ stream, sequence })),
      ),
    figures: (group) => database.read((reader) => sumOf(reader.all(counts).filter((row) => row.group === group))),
    rows: (table) => countRows(table)(database),
    failStatement: () => Promise.reject(new Error('the statement was refused')),
    refuseLate(_tx, error) {
      throw error; // everything is written at once
    },
    refuseAtCommit(sequence) {
      meddling.refusedSequence = sequence;
      return Promise.resolve();
    },
    ageParked: (byMs, sequence) =>
      database.transaction((tx) => {
        for (const [key, queue] of tx.entries(parked)) {
          const events = queue.events.map((event) =>
            sequence === undefined || event.sequence === sequence
              ? { ...event, parkedAt: new Date(event.parkedAt.getTime() - byMs) }
              : event,
          );
          tx.put(parked, key, { ...queue, events });
        }
      }),
    ageInbox: (byMs) =>
      database.transaction((tx) => {
        for (const [key, row] of tx.entries(inbox)) {
          tx.put(inbox, key, { ...row, processedAt: new Date(row.processedAt.getTime() - byMs) });
        }
      }),
    postponeRetries: () =>
      database.transaction((tx) => {
        for (const [key, queue] of tx.entries(retries)) {
          tx.put(retries, key, { ...queue, events: queue.events.map((event) => ({ ...event, dueAt: FAR })) });
        }
      }),
    moveHeads: (group, sequence) =>
      database.transaction((tx) => {
        for (const [key] of tx.entries(heads)) if (key.startsWith(`${group}\n`)) tx.put(heads, key, { sequence });
      }),
  };
}
