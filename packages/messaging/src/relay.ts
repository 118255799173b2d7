import type { Clock, Loop, Scheduler } from '@rideshare/kernel';
import type { Logger, Metrics } from '@rideshare/observability';
import type { EventLog, Published } from './log.ts';
import { createInterval } from './interval.ts';
import type { MessagingDatabase } from './messaging-database.ts';
import { messagingStore } from './messaging-store.ts';
import { instrumentsOf } from './metrics.ts';
import { OUTBOX_SHARDS } from './outbox-store.ts';
import type { OutboxStore } from './outbox-store.ts';
import { createPace } from './pace.ts';
import type { Worker } from './worker.ts';

/** What a relay works with. */
export interface RelayOptions {
  readonly database: MessagingDatabase;
  readonly log: EventLog;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** This process, told apart from its siblings. */
  readonly owner: string;
}

// the wake-up is a hint that may be lost: this is the longest an event then waits
const POLL_MS = 500;
// one transaction's worth: large enough to catch up quickly, small enough to hold the partitions only briefly
const BATCH_EVENTS = 200;
// under load, events that come within it share a transaction
const GAP_MS = 15;
// a killed relay is replaced after this
const LEASE_MS = 5_000;
const MAINTENANCE_MS = 600_000;

const SHARDS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: OUTBOX_SHARDS }, (_, shard) => [`outbox-relay/${String(shard)}`, shard]),
);

/** Publishes what is due of `shards`; returns what that was. */
async function publishBatch(
  outbox: OutboxStore,
  log: EventLog,
  shards: readonly number[],
): Promise<readonly Published[]> {
  // published before it is removed: a crash in between repeats events, which consumers drop
  const read = await outbox.oldest(shards, BATCH_EVENTS);
  if (read.length === 0) return [];
  await log.publish(read);
  await outbox.remove(read);
  return [...Map.groupBy(read, ({ topic }) => topic)].map(([topic, events]) => ({ topic, events: events.length }));
}

/**
 * Moves committed events from the outbox into the log, in order per key.
 *
 * @remarks Where the log lives in the same database an event leaves the outbox and enters the log in one transaction:
 * exactly once. Elsewhere it may be published twice, never lost. One process per shard does it, by a lease; two at once
 * are harmless.
 */
export function createRelay(options: RelayOptions): Worker {
  const { database, log, scheduler, clock, logger, owner } = options;
  const instruments = instrumentsOf(options.metrics);
  const { outbox, leases } = messagingStore(database);
  const atomic = log.atomicWith(database);
  const renewal = createInterval(clock, LEASE_MS / 3);
  let shards: readonly number[] = [];
  let relaying: Loop | undefined;
  let loops: readonly Loop[] = [];
  let listening: { close(): Promise<void> } | undefined;
  let stopObserving: (() => void) | undefined;

  const renewLeases = async (): Promise<void> => {
    if (!renewal.isDue()) return;
    const names = await leases.acquire([...SHARDS.keys()], owner, LEASE_MS);
    shards = names.flatMap((name) => SHARDS.get(name) ?? []);
    renewal.restart();
  };
  const pace = createPace(scheduler, GAP_MS);
  const relay = async (signal: AbortSignal): Promise<boolean> => {
    await pace(signal);
    await renewLeases();
    if (shards.length === 0) return false;
    const published = await (atomic?.moveOutbox(shards, BATCH_EVENTS) ?? publishBatch(outbox, log, shards));
    for (const { topic, events } of published) instruments.published.inc({ topic }, events);
    return published.reduce((sum, { events }) => sum + events, 0) === BATCH_EVENTS;
  };
  const onError = (error: Error, loop: string): void => {
    logger.error('the outbox relay failed and goes on', { error, loop });
  };

  return {
    async start() {
      listening = await outbox.onAppend(() => {
        relaying?.wake();
        return shards.length === OUTBOX_SHARDS; // no other relay could do it
      });
      relaying = scheduler.every('outbox-relay', POLL_MS, relay, onError);
      const maintain = async () => {
        await log.maintain();
        return false;
      };
      loops = [relaying, scheduler.every('log-maintenance', MAINTENANCE_MS, maintain, onError)];
      stopObserving = instruments.observeOutbox(() => outbox.backlog());
    },
    async stop() {
      await listening?.close();
      await Promise.all(loops.map((loop) => loop.stop()));
      stopObserving?.();
      await leases.release([...SHARDS.keys()], owner);
    },
  };
}
