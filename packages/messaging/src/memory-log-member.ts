/** A consumer group of the log in memory: one owner, by a lease row; see the embedded log for how it is fenced. */
import type { Topic } from '@rideshare/contracts';
import { AppError, assert } from '@rideshare/kernel';
import type { Transaction } from '@rideshare/kernel';
import { asMemory } from '@rideshare/memory';
import type { MemoryTransaction } from '@rideshare/memory';
import { createInterval } from './interval.ts';
import type { Interval } from './interval.ts';
import type { Fetched, GroupMember, Lag, Position } from './log.ts';
import { groups, lanesOf, offsetKey, offsets, recordsFrom, spanOf } from './memory-log-tables.ts';
import type { Lane, MemoryLogContext } from './memory-log-tables.ts';

// as of the embedded log, so that what is seen here is what would be seen there
const LEASE_MS = 8_000;
const RENEW_MS = 1_000;

interface Membership {
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly owner: string;
}

interface GroupLane extends Lane {
  readonly offsetKey: string;
}

class MemoryMember implements GroupMember {
  readonly #context: MemoryLogContext;
  readonly #group: string;
  readonly #topics: readonly Topic[];
  readonly #name: string;
  readonly #lanes: ReadonlyMap<string, GroupLane>;
  readonly #renewal: Interval;
  /** Told apart from every other run of the same program: an owner that restarts must not pass for the one before. */
  #owner: string | undefined;
  #generation: number | undefined;

  constructor(context: MemoryLogContext, { group, topics, owner }: Membership) {
    this.#context = context;
    this.#group = group;
    this.#topics = topics;
    this.#name = owner;
    this.#lanes = new Map(
      lanesOf(context, topics).map((lane) => [placeOf(lane), { ...lane, offsetKey: offsetKey(group, lane) }]),
    );
    this.#renewal = createInterval({ now: () => context.database.now() }, RENEW_MS);
  }

  async renew(): Promise<boolean> {
    if (this.#renewal.isDue() || this.#generation === undefined) {
      this.#generation = await this.#context.database.transaction((tx) => this.#acquire(tx));
      this.#renewal.restart();
    }
    return this.#generation !== undefined;
  }

  async fetch(limit: number): Promise<Fetched> {
    if (!(await this.renew())) return { records: [], more: false };
    const perLane = Math.max(1, Math.floor(limit / this.#lanes.size));
    return this.#context.database.read((reader) => {
      const fetched = [...this.#lanes.values()].map((lane) => {
        const held = reader.get(offsets, lane.offsetKey);
        if (!held || held.generation !== this.#generation) return [];
        const fromBeginning = held.first === 0;
        return recordsFrom(reader, lane, { from: held.next, limit: perLane, fromBeginning });
      });
      return { records: fetched.flat(), more: fetched.some(({ length }) => length === perLane) };
    });
  }

  async commit(positions: readonly Position[], transaction?: Transaction): Promise<void> {
    try {
      if (transaction) this.#commitIn(asMemory(transaction), positions);
      else {
        await this.#context.database.transaction((tx) => {
          this.#commitIn(tx, positions);
        });
      }
    } catch (error) {
      this.#generation = undefined; // fenced, or unknown: the next renewal tells
      throw error;
    }
  }

  lag(): Promise<readonly Lag[]> {
    return this.#context.database.read((reader) =>
      this.#topics.map((topic) => {
        const lags = [...this.#lanes.values()]
          .filter((lane) => lane.topic === topic)
          .map((lane) => spanOf(reader, lane).next - (reader.get(offsets, lane.offsetKey)?.next ?? 0));
        return { topic, records: lags.reduce((sum, lag) => sum + lag, 0) };
      }),
    );
  }

  async close(): Promise<void> {
    this.#generation = undefined;
    await this.#context.database.transaction((tx) => {
      const held = tx.get(groups, this.#group);
      if (held && held.owner === this.#owner) {
        tx.put(groups, this.#group, { ...held, owner: undefined, until: tx.database.now() });
      }
    });
  }

  /** Takes or keeps the group; the generation with which it is ours, if it is. */
  #acquire(tx: MemoryTransaction): number | undefined {
    this.#owner ??= `${this.#name}/${String(tx.next('event_log.members'))}`;
    const now = tx.database.now();
    const held = tx.get(groups, this.#group);
    const isOurs = held?.owner === this.#owner;
    if (held?.owner !== undefined && !isOurs && held.until >= now) return undefined;
    const generation = isOurs ? held.generation : (held?.generation ?? 0) + 1;
    tx.put(groups, this.#group, { owner: this.#owner, until: new Date(now.getTime() + LEASE_MS), generation });
    if (generation !== this.#generation) this.#takeOver(tx, generation);
    return generation;
  }

  /** A new group begins with the oldest record there is; whoever had it before is fenced. */
  #takeOver(tx: MemoryTransaction, generation: number): void {
    for (const lane of this.#lanes.values()) {
      const { first } = spanOf(tx, lane);
      const held = tx.get(offsets, lane.offsetKey) ?? { group: this.#group, next: first, first };
      tx.put(offsets, lane.offsetKey, { ...held, generation });
    }
  }

  #commitIn(tx: MemoryTransaction, positions: readonly Position[]): void {
    assert(tx.database === this.#context.database, 'offsets join the transactions of their own database');
    for (const position of positions) {
      const lane = this.#lanes.get(placeOf(position));
      const held = lane && tx.get(offsets, lane.offsetKey);
      if (!held || held.generation !== this.#generation) {
        throw new AppError('CONSUMER_FENCED', 'conflict', `another process owns the group ${this.#group}`, {
          retryable: true,
        });
      }
      tx.put(offsets, lane.offsetKey, { ...held, next: position.offset + 1 });
    }
  }
}

function placeOf({ topic, partition }: Pick<Position, 'topic' | 'partition'>): string {
  return `${topic}/${String(partition)}`;
}

/** One process's part in a group of the log in memory. */
export function createMemoryMember(context: MemoryLogContext, membership: Membership): GroupMember {
  return new MemoryMember(context, membership);
}
