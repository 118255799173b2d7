import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { createDeadLetters } from '@rideshare/messaging';
import { GROUP, publish, sequencesOf, stageConsumer } from './messaging-stage.ts';
import type { Interference, MessagingHarness } from './messaging-stage.ts';
import { userEnd, userEvent, userStream } from './sample-events.ts';

const A = userStream('a');
const B = userStream('b');
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const PAST_RETENTION_MS = 200 * 3_600_000;

function failing(times: number, sequence: number, error: Error): Interference {
  let left = times;
  return (event) => {
    if (event.stream !== A || event.sequence !== sequence || left === 0) return;
    left -= 1;
    throw error;
  };
}

const users = (user: string, sequences: readonly number[]) => sequences.map((sequence) => userEvent(user, sequence));

/** One effect per event, in order per stream, whoever dies when. */
export function redelivery(harness: () => MessagingHarness): void {
  it('a consumer, given the same records again, has every effect once', async () => {
    const { log, probe } = harness();
    const events = [...users('a', [1, 2, 3]), ...users('b', [1])];
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    for (let time = 0; time < 3; time += 1) {
      await publish(log, events);
      expect(await consumer.step()).toEqual([]);
    }
    expect(await sequencesOf(probe, A)).toEqual([1, 2, 3]);
    expect(await sequencesOf(probe, B)).toEqual([1]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 12, applied: 4, skipped: 8, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });

  it('an event that comes again under another number has its effect once, and holds up nothing', async () => {
    const { log, probe } = harness();
    const event = userEvent('a', 1);
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, [event]);
    await consumer.step();
    await publish(log, [{ ...event, envelope: { ...event.envelope, sequence: 2 } }, userEvent('a', 3)]);
    expect(await consumer.step()).toEqual([]);
    expect(await sequencesOf(probe, A)).toEqual([1, 3]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 2, skipped: 1, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });

  it('a consumer killed between the effect and its commit leaves nothing; its successor has one effect', async () => {
    const { log, probe, another, expireOwners } = harness();
    await publish(log, users('a', [1, 2, 3]));
    const killed = stageConsumer(harness(), {
      interfere: failing(1, 3, new AppError('ENGINE_UNREACHABLE', 'unavailable', 'the process is gone')),
    });
    await killed.worker.start();
    expect(await killed.step()).toHaveLength(1);
    expect(await probe.effects(GROUP)).toEqual([]);
    await expireOwners();
    const successor = stageConsumer(another(), { owner: 'two' });
    await successor.worker.start();
    expect(await successor.step()).toEqual([]);
    expect(await sequencesOf(probe, A)).toEqual([1, 2, 3]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 3, skipped: 0, parked: 0, dead: 0 });
    await successor.worker.stop();
    await killed.worker.stop();
  });

  it('two owners at once: the one that was replaced commits nothing', async () => {
    const { log, probe, another, expireOwners } = harness();
    await publish(log, users('a', [1, 2]));
    const successor = stageConsumer(another(), { owner: 'two' });
    await successor.worker.start();
    let replaced = false;
    const paused = stageConsumer(harness(), {
      interfere: async (event) => {
        if (event.sequence !== 2 || replaced) return;
        replaced = true;
        // in the middle of the batch of this one, another takes over and does it all
        await expireOwners();
        expect(await successor.step()).toEqual([]);
      },
    });
    await paused.worker.start();
    expect(await paused.step()).toMatchObject([{ code: expect.stringMatching(/CONSUMER_FENCED|23505/) }]);
    expect(await paused.step()).toEqual([]);
    expect(await sequencesOf(probe, A)).toEqual([1, 2]);
    expect(await probe.figures(GROUP)).toMatchObject({ consumed: 2, applied: 2 });
    await paused.worker.stop();
    await successor.worker.stop();
  });
}

/** What a handler is given, and what becomes of effects elsewhere. */
export function delivery(harness: () => MessagingHarness): void {
  it('a handler gets the ids and the time of the event, the same at every attempt, and the transaction', async () => {
    const { log, probe } = harness();
    const event = userEvent('a', 1);
    const seen: unknown[] = [];
    const consumer = stageConsumer(harness(), {
      interfere: (_, delivery) => {
        seen.push([delivery.at.toISOString(), delivery.id('effect'), delivery.transaction?.kind]);
        if (delivery.attempt === 1) throw new Error('not yet');
      },
    });
    await consumer.worker.start();
    await publish(log, [event]);
    await consumer.step();
    await consumer.stepLater();
    expect(seen.length).toBeGreaterThanOrEqual(2);
    for (const each of seen) expect(each).toEqual([event.envelope.occurredAt, expect.any(String), probe.kind]);
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
    await consumer.worker.stop();
  });

  it('an event that had its effect more than 30 days ago is forgotten, a later one is not', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, users('a', [1, 2]));
    await consumer.step();
    await probe.ageInbox(29 * DAY_MS);
    await publish(log, users('a', [3]));
    await consumer.stepLater();
    expect(await probe.rows('inbox')).toBe(3);
    await probe.ageInbox(2 * DAY_MS);
    await consumer.stepLater();
    expect(await probe.rows('inbox')).toBe(1);
    await consumer.worker.stop();
  });

  it('effects outside the database, repeated after a crash, count once', async () => {
    const { log, probe } = harness();
    let crashes = true;
    const consumer = stageConsumer(harness(), {
      mode: 'after',
      interfere: (event, delivery) => {
        expect(delivery.transaction).toBeUndefined();
        if (event.sequence !== 3 || !crashes) return;
        crashes = false;
        throw new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'the process is gone');
      },
    });
    await consumer.worker.start();
    await publish(log, users('a', [1, 2, 3]));
    expect(await consumer.step()).toHaveLength(1);
    expect(await sequencesOf(probe, A)).toEqual([1, 2]); // they stay, and nothing knows of them
    expect(await consumer.step()).toEqual([]);
    expect(await sequencesOf(probe, A)).toEqual([1, 2, 3]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 3, skipped: 0, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });
}

/** What comes out of order waits, is drained, or is overtaken. */
export function parking(harness: () => MessagingHarness): void {
  it('events ahead of a gap wait for it and follow it in order', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, users('a', [1, 4, 3, 4]));
    await consumer.step();
    expect(await sequencesOf(probe, A)).toEqual([1]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 4, applied: 1, skipped: 1, parked: 2, dead: 0 });
    await publish(log, users('a', [2]));
    await consumer.step();
    expect(await sequencesOf(probe, A)).toEqual([1, 2, 3, 4]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 5, applied: 4, skipped: 1, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });

  it('a terminal event waits for nothing, and what waited before it is skipped', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, [...users('a', [1, 3]), userEnd('a', 5)]);
    await consumer.step();
    expect(await sequencesOf(probe, A)).toEqual([1, 5]);
    expect(await probe.rows('parked_events')).toBe(0);
    await publish(log, users('a', [2, 4]));
    await consumer.step();
    expect(await sequencesOf(probe, A)).toEqual([1, 5]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 5, applied: 2, skipped: 3, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });

  it('a terminal event overtakes an event of its stream that waits for a retry', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness(), { interfere: failing(2, 2, new Error('not yet')) });
    await consumer.worker.start();
    await publish(log, [...users('a', [1, 2]), userEnd('a', 3)]);
    await consumer.scheduler.step('consume');
    expect(await sequencesOf(probe, A)).toEqual([1, 3]);
    await consumer.stepLater();
    expect(await sequencesOf(probe, A)).toEqual([1, 3]);
    expect(await probe.rows('event_retries')).toBe(0);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 2, skipped: 1, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });
}

/** What is left waiting is given up, or found. */
export function leftovers(harness: () => MessagingHarness): void {
  it('a gap that is not filled in time: what waits behind it is given up, unless a retry is to fill it', async () => {
    const { database, log, probe } = harness();
    const consumer = stageConsumer(harness(), {
      interfere: failing(9, 2, new AppError('BUSY', 'unavailable', 'later')),
    });
    await consumer.worker.start();
    await publish(log, [...users('a', [1, 2, 3]), ...users('b', [1, 3])]);
    await consumer.step();
    await probe.postponeRetries();
    await probe.ageParked(11 * MINUTE_MS);
    await consumer.stepLater();
    const letters = await createDeadLetters({ database }).list();
    expect(letters.map(({ stream, sequence, code }) => ({ stream, sequence, code }))).toEqual([
      { stream: B, sequence: 3, code: 'EVENT_GAP_NOT_FILLED' },
    ]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 5, applied: 2, skipped: 0, parked: 2, dead: 1 });
    await consumer.worker.stop();
  });

  it('an event that is left parked though nothing is missing before it is found and drained', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, users('a', [1, 3]));
    await consumer.step();
    // as if another owner had applied the second at the same moment
    await probe.moveHeads(GROUP, 2);
    await consumer.stepLater();
    expect(await sequencesOf(probe, A)).toEqual([1, 3]);
    expect(await probe.rows('parked_events')).toBe(0);
    await consumer.worker.stop();
  });

  it('a group that begins in the middle takes the first event of an old stream for the next one', async () => {
    const { log, probe, age } = harness();
    await publish(log, users('a', [1, 2]));
    await age(PAST_RETENTION_MS);
    await log.maintain();
    await publish(log, users('a', [3, 4]));
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await consumer.step();
    expect(await sequencesOf(probe, A)).toEqual([3, 4]);
    await consumer.worker.stop();
  });

  it('more events behind a gap than are read at once are all drained', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    const behind = Array.from({ length: 1_200 }, (_, index) => index + 2);
    await publish(log, users('a', behind));
    await consumer.step();
    expect(await probe.rows('parked_events')).toBe(1_200);
    await publish(log, [userEvent('a', 1), userEvent(randomUUID(), 1)]);
    await consumer.step();
    for (let round = 0; round < 5; round += 1) await consumer.stepLater();
    expect(await sequencesOf(probe, A)).toEqual([1, ...behind]);
    await consumer.worker.stop();
  });
}
