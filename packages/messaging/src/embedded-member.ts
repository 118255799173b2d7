/**
 * A consumer group of the embedded log: one owner, by a lease row.
 *
 * Whoever takes the group over raises its generation and writes it to every offset row. The former owner, who may not
 * know yet, commits `where generation = <its own>`: nothing is updated, and its transaction rolls back with its effects.
 */
import { randomUUID } from 'node:crypto';
import type { Topic } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Transaction } from '@rideshare/kernel';
import { asPg } from '@rideshare/postgres';
import type { Queryable } from '@rideshare/postgres';
import { declaredTopic, storedTopic } from './embedded-topics.ts';
import type { LogContext } from './embedded-topics.ts';
import { RECORD_COLUMNS, toRecord } from './embedded-record.ts';
import type { RecordRow } from './embedded-record.ts';
import type { Fetched, GroupMember, Lag, Position } from './log.ts';

// a killed owner is replaced after this. A batch takes up to 6 s, 1.5 s and one handler that hangs, between two renewals:
// an owner that is merely slow keeps the group, one that is paused for longer loses it and nothing else
const LEASE_MS = 8_000;
const RENEW_MS = 1_000;

const ACQUIRE = `
  insert into event_log.consumer_groups as held (group_name, owner, until, generation)
  values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond', 1)
  on conflict (group_name) do update
    set owner = excluded.owner, until = clock_timestamp() + $3 * interval '1 millisecond',
      generation = held.generation + (held.owner is distinct from excluded.owner)::int
    where held.owner is null or held.owner = excluded.owner or held.until < clock_timestamp()
  returning generation`;

// a new group begins with the oldest record there is
const ADD_PARTITIONS = `
  insert into event_log.consumer_offsets (group_name, topic, partition, next_offset, first_offset)
  select $1, topic, partition, first, first from event_log.log_partitions where topic = any ($2::text[])
  on conflict do nothing`;

// waits for what the former owner is committing at this moment, and fences what it commits later
const FENCE = 'update event_log.consumer_offsets set generation = $2 where group_name = $1 and generation < $2';

const FETCH = `
  select ${RECORD_COLUMNS}, o.first_offset = 0 as from_beginning
  from event_log.consumer_offsets as o
  cross join lateral (
    select * from event_log.records as r
    where r.topic = o.topic and r.partition = o.partition and r.log_offset >= o.next_offset
    order by r.log_offset limit $4
  ) as r
  where o.group_name = $1 and o.generation = $2 and o.topic = any ($3::text[])`;

const COMMIT = `
  update event_log.consumer_offsets as o set next_offset = done.next_offset
  from unnest($3::text[], $4::int[], $5::bigint[]) as done (topic, partition, next_offset)
  where o.group_name = $1 and o.generation = $2 and o.topic = done.topic and o.partition = done.partition`;

const LAG = `
  select o.topic, sum(p.next - o.next_offset)::bigint as records
  from event_log.consumer_offsets as o join event_log.log_partitions as p using (topic, partition)
  where o.group_name = $1 and o.topic = any ($2::text[]) group by o.topic`;

interface Membership {
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly owner: string;
}

class EmbeddedMember implements GroupMember {
  readonly #context: LogContext;
  readonly #group: string;
  readonly #topics: readonly string[];
  /** Told apart from every other run of the same program: an owner that restarts must not pass for the one before. */
  readonly #owner: string;
  #generation: number | undefined;
  #renewAtMs = 0;
  #partitions = 1;

  constructor(context: LogContext, { group, topics, owner }: Membership) {
    this.#context = context;
    this.#group = group;
    this.#topics = topics.map((topic) => storedTopic(context.prefix, topic)).toSorted();
    this.#owner = `${owner}/${randomUUID()}`;
  }

  async renew(): Promise<boolean> {
    if (performance.now() >= this.#renewAtMs) await this.#acquire();
    return this.#generation !== undefined;
  }

  async fetch(limit: number): Promise<Fetched> {
    if (!(await this.renew())) return { records: [], more: false };
    const perPartition = Math.max(1, Math.floor(limit / this.#partitions));
    const { rows } = await this.#context.database.query<RecordRow>(FETCH, [
      this.#group,
      this.#generation,
      this.#topics,
      perPartition,
    ]);
    const sizes = new Map<string, number>();
    for (const { topic, partition } of rows) {
      const lane = `${topic}/${String(partition)}`;
      sizes.set(lane, (sizes.get(lane) ?? 0) + 1);
    }
    const more = [...sizes.values()].some((size) => size === perPartition);
    return { records: rows.map((row) => toRecord(this.#context.prefix, row)), more };
  }

  async commit(positions: readonly Position[], transaction?: Transaction): Promise<void> {
    const on: Queryable = transaction ? asPg(transaction) : this.#context.database;
    const { rowCount } = await on.query(COMMIT, [
      this.#group,
      this.#generation ?? -1,
      positions.map(({ topic }) => storedTopic(this.#context.prefix, topic)),
      positions.map(({ partition }) => partition),
      positions.map(({ offset }) => offset + 1),
    ]);
    if (rowCount === positions.length) return;
    this.#generation = undefined;
    this.#renewAtMs = 0;
    throw new AppError('CONSUMER_FENCED', 'conflict', `another process owns the group ${this.#group}`, {
      retryable: true,
    });
  }

  async lag(): Promise<readonly Lag[]> {
    const { rows } = await this.#context.database.query<{ topic: string; records: number }>(LAG, [
      this.#group,
      this.#topics,
    ]);
    return rows.map(({ topic, records }) => ({ topic: declaredTopic(this.#context.prefix, topic), records }));
  }

  async close(): Promise<void> {
    this.#generation = undefined;
    this.#renewAtMs = 0;
    await this.#context.database.query(
      `update event_log.consumer_groups set owner = null, until = clock_timestamp() where group_name = $1 and owner = $2`,
      [this.#group, this.#owner],
    );
  }

  async #acquire(): Promise<void> {
    const askedAtMs = performance.now();
    const acquired = await this.#context.database.query<{ generation: number }>(ACQUIRE, [
      this.#group,
      this.#owner,
      LEASE_MS,
    ]);
    const generation = acquired.rows[0]?.generation;
    if (generation !== undefined && generation !== this.#generation) await this.#takeOver(generation);
    this.#generation = generation;
    this.#renewAtMs = generation === undefined ? 0 : askedAtMs + RENEW_MS;
  }

  async #takeOver(generation: number): Promise<void> {
    await this.#context.database.transaction(async (tx) => {
      await tx.query(ADD_PARTITIONS, [this.#group, this.#topics]);
      await tx.query(FENCE, [this.#group, generation]);
      const { rows } = await tx.query<{ partitions: number }>(
        'select count(*) as partitions from event_log.consumer_offsets where group_name = $1 and topic = any ($2::text[])',
        [this.#group, this.#topics],
      );
      this.#partitions = Math.max(1, rows[0]?.partitions ?? 1);
    });
  }
}

/** One process's part in a group of the embedded log. */
export function createEmbeddedMember(context: LogContext, membership: Membership): GroupMember {
  return new EmbeddedMember(context, membership);
}
