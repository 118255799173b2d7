import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog, GroupMember, LogRecord } from '@rideshare/messaging';
import { eventually } from './eventually.ts';
import { locatedEvent, recordOf, sequenceOf, userEvent, userIdOf } from './sample-events.ts';

/** An adapter of the event log, on storage that nobody else uses. */
export interface EventLogHarness {
  readonly log: EventLog;
  /** The same log, as another process sees it. */
  readonly another: () => EventLog;
  /** Lets the lease of every group run out, as if its owner had been killed some time ago. */
  readonly expireOwners: () => Promise<void>;
  /** Makes every record that is there `ageMs` older. */
  readonly age: (ageMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How an adapter is made for one test. */
export type MakeEventLog = () => Promise<EventLogHarness>;

const TOPIC = 'user.events';
const A = userIdOf('a');
const LIMIT = 1_000;
const HOUR_MS = 3_600_000;

function join(log: EventLog, group = 'readers', owner = 'one'): Promise<GroupMember> {
  return log.join({ group, topics: [TOPIC], owner });
}

async function publishUsers(log: EventLog, userId: string, sequences: readonly number[]): Promise<void> {
  await log.publish(sequences.map((sequence) => recordOf(userEvent(userId, sequence))));
}

/** Everything there is for a group, committed as it is read. */
async function readAll(member: GroupMember): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for (let more = true; more;) {
    const fetched = await member.fetch(LIMIT);
    if (fetched.records.length > 0) await member.commit(lastOf(fetched.records));
    all.push(...fetched.records);
    more = fetched.records.length > 0;
  }
  return all;
}

function lastOf(records: readonly LogRecord[]): LogRecord[] {
  return [...new Map(records.map((record) => [record.partition, record])).values()];
}

function sequencesByKey(records: readonly LogRecord[]): Record<string, number[]> {
  const byKey = Map.groupBy(records, ({ key }) => key);
  return Object.fromEntries([...byKey].map(([key, of]) => [key, of.map(sequenceOf)]));
}

function reading(harness: () => EventLogHarness): void {
  it('a group, reading what was published, gets key, headers and envelope as they were', async () => {
    const { log } = harness();
    const event = userEvent(randomUUID(), 1);
    await log.publish([recordOf(event, { traceparent: '00-1-2-01' })]);
    const { records } = await (await join(log)).fetch(LIMIT);
    expect(records).toEqual([
      expect.objectContaining({
        topic: TOPIC,
        key: event.key,
        type: event.envelope.type,
        headers: { traceparent: '00-1-2-01' },
        envelope: event.envelope,
        fromBeginning: true,
      }),
    ]);
  });

  it('a group, reading without committing, gets the same again', async () => {
    const { log } = harness();
    await publishUsers(log, 'a', [1, 2]);
    const member = await join(log);
    const first = await member.fetch(LIMIT);
    expect((await member.fetch(LIMIT)).records).toEqual(first.records);
    await member.commit(lastOf(first.records));
    expect((await member.fetch(LIMIT)).records).toEqual([]);
  });

  it('two groups, reading one topic, both get everything', async () => {
    const { log } = harness();
    await publishUsers(log, 'a', [1, 2, 3]);
    for (const group of ['one', 'two']) {
      expect(sequencesByKey(await readAll(await join(log, group)))).toEqual({ [A]: [1, 2, 3] });
    }
  });
}

function amounts(harness: () => EventLogHarness): void {
  it('fetch, with more records than its limit, says so and goes on after them', async () => {
    const { log } = harness();
    await publishUsers(
      log,
      'a',
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    const member = await join(log);
    const fetched = await member.fetch(20);
    expect(fetched.more).toBe(true);
    expect(fetched.records.length).toBeLessThanOrEqual(20);
    expect((await readAll(member)).length).toBe(30);
  });

  it('lag, after a part was committed, is what is left', async () => {
    const { log } = harness();
    await publishUsers(log, 'a', [1, 2, 3]);
    const member = await join(log);
    const { records } = await member.fetch(LIMIT);
    await member.commit(records.slice(0, 1));
    expect(await member.lag()).toEqual([{ topic: TOPIC, records: 2 }]);
  });

  it('publish, without durability, is readable all the same', async () => {
    const { log } = harness();
    await log.publish([recordOf(locatedEvent(randomUUID()))], { durable: false });
    const member = await log.join({ group: 'places', topics: ['driver.locations'], owner: 'one' });
    expect((await member.fetch(LIMIT)).records).toHaveLength(1);
  });

  it('onAppend, when a record comes into its topics from another process, wakes', async () => {
    const { log, another } = harness();
    let woken = 0;
    const listening = await log.onAppend([TOPIC], () => {
      woken += 1;
    });
    await publishUsers(another(), 'a', [1]);
    await eventually(() => (woken > 0 ? true : undefined));
    await listening.close();
  });
}

function ownership(harness: () => EventLogHarness): void {
  it('a second member of a group, while the first is alive, gets nothing; after it closed, the rest', async () => {
    const { log, another } = harness();
    await publishUsers(log, 'a', [1, 2]);
    const first = await join(log);
    const [record] = (await first.fetch(LIMIT)).records;
    await first.commit(record ? [record] : []);
    const second = await join(another(), 'readers', 'two');
    expect((await second.fetch(LIMIT)).records).toEqual([]);
    expect([await first.renew(), await second.renew()]).toEqual([true, false]);
    await first.close();
    expect(sequencesByKey((await second.fetch(LIMIT)).records)).toEqual({ [A]: [2] });
  });

  it('a member that was replaced while it worked, committing, is refused', async () => {
    const { log, another, expireOwners } = harness();
    await publishUsers(log, 'a', [1, 2]);
    const paused = await join(log);
    const { records } = await paused.fetch(LIMIT);
    await expireOwners();
    const successor = await join(another(), 'readers', 'two');
    expect((await successor.fetch(LIMIT)).records).toHaveLength(2);
    await expect(paused.commit(lastOf(records))).rejects.toMatchObject({ code: 'CONSUMER_FENCED' });
    expect((await successor.fetch(LIMIT)).records).toHaveLength(2);
    await successor.commit(lastOf(records));
    expect((await paused.fetch(LIMIT)).records).toEqual([]);
  });

  it('a member with the same owner name as one that was killed is told apart from it', async () => {
    const { log, another, expireOwners } = harness();
    await publishUsers(log, 'a', [1]);
    const killed = await join(log);
    const { records } = await killed.fetch(LIMIT);
    await expireOwners();
    await (await join(another())).fetch(LIMIT);
    await expect(killed.commit(lastOf(records))).rejects.toMatchObject({ code: 'CONSUMER_FENCED' });
  });
}

function order(harness: () => EventLogHarness): void {
  it('four writers at once, each with keys of its own, keep the order of every key and leave no gap', async () => {
    const { log, another } = harness();
    const member = await join(log);
    const seen: LogRecord[] = [];
    const writers = [0, 1, 2, 3].map(async (writer) => {
      const own = another();
      for (let sequence = 1; sequence <= 15; sequence += 1) {
        // both keys in one batch: batches of different writers meet in several partitions
        await own.publish([1, 2].map((key) => recordOf(userEvent(`${String(writer)}-${String(key)}`, sequence))));
      }
    });
    const reader = eventually(async () => {
      seen.push(...(await readAll(member)));
      return seen.length === 120 ? true : undefined;
    });
    await Promise.all([...writers, reader]);
    const expected = Array.from({ length: 15 }, (_, index) => index + 1);
    for (const sequences of Object.values(sequencesByKey(seen))) expect(sequences).toEqual(expected);
    for (const of of Map.groupBy(seen, ({ partition }) => partition).values()) {
      expect(of.map(({ offset }) => offset)).toEqual(of.map((_, index) => index));
    }
  });
}

function tails(harness: () => EventLogHarness): void {
  it('a tail from some time back gets what is there and has caught up, then what comes', async () => {
    const { log } = harness();
    await publishUsers(log, 'a', [1, 2]);
    const tail = await log.tail({ topics: [TOPIC], fromAgeMs: HOUR_MS });
    expect(tail.caughtUp).toBe(false);
    expect((await tail.fetch(LIMIT)).records.map(sequenceOf)).toEqual([1, 2]);
    expect(tail.caughtUp).toBe(true);
    await publishUsers(log, 'a', [3]);
    expect((await tail.fetch(LIMIT)).records.map(sequenceOf)).toEqual([3]);
    expect((await tail.fetch(LIMIT)).records).toEqual([]);
  });

  it('a tail, with records older than it goes back, leaves them out', async () => {
    const { log, age } = harness();
    await publishUsers(log, 'a', [1, 2, 3]);
    await age(2 * HOUR_MS);
    await publishUsers(log, 'a', [4, 5]);
    const tail = await log.tail({ topics: [TOPIC], fromAgeMs: HOUR_MS });
    expect((await tail.fetch(LIMIT)).records.map(sequenceOf)).toEqual([4, 5]);
  });

  it('a tail on a topic that nobody has written to begins once it is there', async () => {
    const { log, another } = harness();
    const tail = await another().tail({ topics: [TOPIC], fromAgeMs: HOUR_MS });
    expect((await tail.fetch(LIMIT)).records).toEqual([]);
    await publishUsers(log, 'a', [1]);
    expect((await tail.fetch(LIMIT)).records.map(sequenceOf)).toEqual([1]);
  });
}

function retention(harness: () => EventLogHarness): void {
  it('maintain, past the retention, drops what every group has consumed and nothing else', async () => {
    const { log, age } = harness();
    await publishUsers(log, 'a', [1, 2, 3]);
    const member = await join(log);
    const { records } = await member.fetch(LIMIT);
    await member.commit(lastOf(records.slice(0, 2)));
    await age(200 * HOUR_MS);
    await publishUsers(log, 'a', [4]);
    await log.maintain();
    const tail = await log.tail({ topics: [TOPIC], fromAgeMs: 1_000 * HOUR_MS });
    expect((await tail.fetch(LIMIT)).records.map(sequenceOf)).toEqual([3, 4]);
  });

  it('a group that joins after records were dropped is told that it begins in the middle', async () => {
    const { log, age } = harness();
    await publishUsers(log, 'a', [1, 2]);
    await age(200 * HOUR_MS);
    await log.maintain();
    await publishUsers(log, 'a', [3]);
    const { records } = await (await join(log)).fetch(LIMIT);
    expect(records.map((record) => [sequenceOf(record), record.fromBeginning])).toEqual([[3, false]]);
  });
}

/** What every adapter of the event log must do. */
export function eventLogSuite(adapter: string, make: MakeEventLog): void {
  describe(`event log, ${adapter}`, () => {
    let made: EventLogHarness;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());
    const harness = () => made;
    describe('reading', () => reading(harness));
    describe('amounts', () => amounts(harness));
    describe('ownership', () => ownership(harness));
    describe('order', () => order(harness));
    describe('tails', () => tails(harness));
    describe('retention', () => retention(harness));
  });
}
