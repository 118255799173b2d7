import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { EventLog, LogRecord, OutgoingEvent } from '@rideshare/messaging';
import { appendToOutbox, messagingStore } from '@rideshare/messaging';
import { GROUP, stageConsumer, stageRelay } from './messaging-stage.ts';
import type { MessagingHarness, MessagingProcess } from './messaging-stage.ts';
import { sequenceOf, userEvent, userIdOf } from './sample-events.ts';

const HOUR_MS = 3_600_000;

async function logged(log: EventLog): Promise<LogRecord[]> {
  const tail = await log.tail({ topics: ['user.events'], fromAgeMs: HOUR_MS });
  const all: LogRecord[] = [];
  for (let more = true; more;) {
    const fetched = await tail.fetch(1_000);
    all.push(...fetched.records);
    more = fetched.records.length > 0;
  }
  return all;
}

async function append({ probe }: MessagingProcess, events: readonly OutgoingEvent[]): Promise<void> {
  await probe.transaction((tx) => {
    appendToOutbox(tx, events);
    return Promise.resolve();
  });
}

/** Fails the transaction once its event is written. */
async function appendInVain({ probe }: MessagingProcess, event: OutgoingEvent): Promise<void> {
  await probe.transaction((tx) => {
    appendToOutbox(tx, [event]);
    probe.refuseLate(tx, new Error('the change was refused'));
    return Promise.resolve();
  });
}

/** The same log, without its privilege of sharing transactions: what a broker beside the database looks like. */
function apart(log: EventLog, after: () => Promise<void> = () => Promise.resolve()): EventLog {
  return {
    publish: async (records, options) => {
      await log.publish(records, options);
      await after();
    },
    atomicWith: () => undefined,
    join: (membership) => log.join(membership),
    tail: (options) => log.tail(options),
    onAppend: (topics, wake) => log.onAppend(topics, wake),
    maintain: () => log.maintain(),
  };
}

/** Events leave with their change: all of them, once, in order per key. */
export function outbox(harness: () => MessagingHarness): void {
  it('an event, appended in a transaction, is published if that commits and never if it does not', async () => {
    const { database, log, probe } = harness();
    const relay = stageRelay(harness());
    await relay.worker.start();
    const [lost, kept] = [userEvent(randomUUID(), 1), userEvent(randomUUID(), 1)];
    await expect(appendInVain(harness(), lost)).rejects.toThrow('the change was refused');
    await append(harness(), [kept]);
    const { outbox } = messagingStore(database);
    expect(await outbox.backlog()).toEqual({ events: 1, oldestAgeS: expect.any(Number) });
    expect(await relay.step()).toEqual([]);
    expect(await outbox.backlog()).toEqual({ events: 0, oldestAgeS: 0 });
    expect((await logged(log)).map(({ envelope }) => envelope)).toEqual([kept.envelope]);
    expect(await probe.rows('outbox')).toBe(0);
    await relay.worker.stop();
  });

  it('events whose transactions commit in another order than they began are all published', async () => {
    const { log, probe } = harness();
    const relay = stageRelay(harness());
    await relay.worker.start();
    const [slow, quick] = [userEvent('slow', 1), userEvent('quick', 1)];
    await probe.transaction(async (tx) => {
      appendToOutbox(tx, [slow]);
      if (tx.kind === 'postgres') await tx.writeCollected();
      // by now it has taken the smaller id, and is not visible yet
      await append(harness(), [quick]);
      expect(await relay.step()).toEqual([]);
    });
    expect((await logged(log)).map(({ key }) => key)).toEqual([userIdOf('quick')]);
    await relay.step();
    expect((await logged(log)).map(({ key }) => key).toSorted()).toEqual(['quick', 'slow'].map(userIdOf).toSorted());
    await relay.worker.stop();
  });
}

/** Nor does it matter who relays them, and who dies doing so. */
export function relays(harness: () => MessagingHarness): void {
  it('two relays at once publish every event once (a broker: at least once) and keep the order of each key', async () => {
    const { database, log, another } = harness();
    const other = another();
    const relays = [stageRelay(harness(), 'one'), stageRelay(other, 'one')]; // one owner: both believe that it is theirs
    for (const { worker } of relays) await worker.start();
    const users = ['a', 'b', 'c', 'd'];
    const writers = users.map(async (user) => {
      for (let sequence = 1; sequence <= 20; sequence += 1) await append(harness(), [userEvent(user, sequence)]);
    });
    const relaying = relays.map(async ({ step }) => {
      for (let round = 0; round < 40; round += 1) expect(await step()).toEqual([]);
    });
    await Promise.all([...writers, ...relaying]);
    await relays[0]?.step();
    const byKey = Map.groupBy(await logged(log), ({ key }) => key);
    const expected = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const user of users) {
      const sequences = byKey.get(userIdOf(user))?.map(sequenceOf);
      // a broker may be told twice, but never of a later event before an earlier one
      expect(log.atomicWith(database) ? sequences : [...new Set(sequences)]).toEqual(expected);
    }
    for (const { worker } of relays) await worker.stop();
  });

  it('a relay that dies between publishing and forgetting, with a broker, repeats; consumers have one effect', async () => {
    const { database, log, probe } = harness();
    let dies = true;
    const broker = apart(log, () => (dies ? Promise.reject(new Error('killed')) : Promise.resolve()));
    const relay = stageRelay({ database, log: broker });
    await relay.worker.start();
    await append(harness(), [userEvent('a', 1), userEvent('a', 2)]);
    expect(await relay.step()).toHaveLength(1);
    dies = false;
    expect(await relay.step()).toEqual([]);
    expect((await logged(log)).map(sequenceOf)).toEqual([1, 2, 1, 2]);
    expect(await probe.rows('outbox')).toBe(0);

    const consumer = stageConsumer({ database, log: apart(log), probe });
    await consumer.worker.start();
    expect(await consumer.step()).toEqual([]);
    expect((await probe.effects(GROUP)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    await consumer.worker.stop();
    await relay.worker.stop();
  });
}
