import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { DeadLetterContent, DeadLetterFilter, DeadLetters } from './dead-letters.ts';
import { saveProgress } from './memory-consumer-store.ts';
import { enqueue } from './memory-queues.ts';
import { memoryTables } from './memory-tables.ts';
import type { MemoryRetry } from './memory-tables.ts';
import { countRedriven, letterNotFound, LIST_LIMIT } from './redrive.ts';
import type { RedrivenLetter } from './redrive.ts';

const { deadLetters, retries } = memoryTables;

function matching(reader: TableReader, { ids, group, stream }: DeadLetterFilter): DeadLetterContent[] {
  return reader
    .all(deadLetters)
    .filter((letter) => ids?.includes(letter.id) ?? true)
    .filter((letter) => group === undefined || letter.group === group)
    .filter((letter) => stream === undefined || letter.stream === stream)
    .toSorted((a, b) => a.id - b.id);
}

function toRetry(letter: DeadLetterContent, dueAt: Date): MemoryRetry | undefined {
  const { eventId, stream, sequence, code, message, firstFailedAt } = letter;
  if (eventId === null || stream === null || sequence === null) return undefined;
  const { topic, partition, offset, key, type, headers, envelope } = letter;
  const record = { topic, partition, offset, key, type, headers, envelope };
  return { record, eventId, stream, sequence, attempts: 0, code, message, firstFailedAt, dueAt };
}

/** Puts the letters among the retries that are due; one that is waiting there already (a duplicate) is dropped. */
function handBack(tx: MemoryTransaction, filter: DeadLetterFilter): number {
  const letters = matching(tx, filter);
  const redriven = letters.map((letter): RedrivenLetter => {
    tx.remove(deadLetters, String(letter.id));
    const retry = toRetry(letter, tx.database.now());
    const isSame = (one: MemoryRetry, other: MemoryRetry) => one.eventId === other.eventId;
    const added = retry !== undefined && enqueue(tx, retries, letter.group, [retry], isSame).length === 1;
    return { id: letter.id, group: letter.group, topic: letter.topic, eventId: letter.eventId, added };
  });
  for (const [group, counts] of countRedriven(redriven)) {
    saveProgress(tx, group, { heads: new Map(), seen: [], counts });
  }
  return letters.length;
}

/** The dead letters in the schema of `database`. */
export function createMemoryDeadLetters(database: MemoryDatabase): DeadLetters {
  return {
    list: ({ afterId = 0, limit = LIST_LIMIT, ...filter } = {}) =>
      database.read((reader) =>
        matching(reader, filter)
          .filter(({ id }) => id > afterId)
          .slice(0, limit)
          .map(({ headers: _headers, envelope: _envelope, ...letter }) => letter),
      ),
    async show(id) {
      const letter = await database.read((reader) => reader.get(deadLetters, String(id)));
      if (letter) return letter;
      throw letterNotFound(id);
    },
    redrive: (filter) => database.transaction((tx) => handBack(tx, filter)),
  };
}
