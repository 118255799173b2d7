/** The queues of waiting events in memory: per stream, so that two batches meet only where their streams do. */
import type { MemoryTable, TableReader, TableWriter } from '@rideshare/memory';
import type { WaitingEvent } from './consumer-store.ts';
import { groupKey } from './memory-tables.ts';
import type { MemoryQueue } from './memory-tables.ts';

type Queues<Event extends WaitingEvent> = MemoryTable<MemoryQueue<Event>>;

/** What waits of a stream. */
export function queueOf<Event extends WaitingEvent>(
  reader: TableReader,
  queues: Queues<Event>,
  { group, stream }: { readonly group: string; readonly stream: string },
): readonly Event[] {
  return reader.get(queues, groupKey(group, stream))?.events ?? [];
}

/** Everything that waits in a group, by stream and sequence. */
export function waitingOf<Event extends WaitingEvent>(
  reader: TableReader,
  queues: Queues<Event>,
  group: string,
): readonly Event[] {
  return reader
    .all(queues)
    .filter((queue) => queue.group === group)
    .toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
    .flatMap(({ events }) => events);
}

/** Puts events into their queues, but for those of which `isThere` knows one already; returns the others. */
export function enqueue<Event extends WaitingEvent>(
  tx: TableWriter,
  queues: Queues<Event>,
  group: string,
  events: readonly Event[],
  isSame: (one: Event, other: Event) => boolean,
): readonly Event[] {
  const added: Event[] = [];
  for (const [stream, coming] of Map.groupBy(events, (event) => event.stream)) {
    const queue = [...queueOf(tx, queues, { group, stream })];
    for (const event of coming) {
      if (queue.some((other) => isSame(event, other))) continue;
      queue.push(event);
      added.push(event);
    }
    queue.sort((a, b) => a.sequence - b.sequence);
    tx.put(queues, groupKey(group, stream), { group, stream, events: queue });
  }
  return added;
}

/** Takes out of the queue of a stream what `isGone` picks; returns it. */
export function dequeue<Event extends WaitingEvent>(
  tx: TableWriter,
  queues: Queues<Event>,
  { group, stream }: { readonly group: string; readonly stream: string },
  isGone: (event: Event) => boolean,
): readonly Event[] {
  const queue = queueOf(tx, queues, { group, stream });
  const gone = queue.filter(isGone);
  if (gone.length === 0) return gone;
  const key = groupKey(group, stream);
  if (gone.length === queue.length) tx.remove(queues, key);
  else tx.put(queues, key, { group, stream, events: queue.filter((event) => !gone.includes(event)) });
  return gone;
}
