/** What an auditor that goes on looking keeps of the log, so that it need not read it again. */

/** A slot as the log last told of it. */
export interface SlotFacts {
  readonly epoch: number;
  readonly state: string;
  readonly tripId: string | null;
  readonly offerId: string | null;
}

/** The last sequence of each stream, and the last state of each slot by its driver. */
export interface Memory {
  readonly heads: ReadonlyMap<string, number>;
  readonly slots: ReadonlyMap<string, SlotFacts>;
}

/** What the first look begins with. */
export const NOTHING_KNOWN: Memory = { heads: new Map(), slots: new Map() };

/** Streams whose head is kept; what was forgotten is read from the log again, which is slow and right. */
const HEADS_MAX = 500_000;

/** What is known after a look: the news, and what was known before it, the longest unchanged forgotten first. */
export function remembering(before: Memory, news: Memory, headsMax = HEADS_MAX): Memory {
  const heads = new Map(before.heads);
  for (const [stream, sequence] of news.heads) {
    const known = heads.get(stream) ?? 0;
    heads.delete(stream);
    heads.set(stream, Math.max(known, sequence));
  }
  for (const stream of heads.keys()) {
    if (heads.size <= headsMax) break;
    heads.delete(stream);
  }
  return { heads, slots: new Map([...before.slots, ...news.slots]) };
}
