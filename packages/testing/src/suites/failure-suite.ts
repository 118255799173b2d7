import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { createDeadLetters } from '@rideshare/messaging';
import type { OutgoingEvent } from '@rideshare/messaging';
import { GROUP, publish, sequencesOf, stageConsumer } from './messaging-stage.ts';
import type { Interference, MessagingHarness } from './messaging-stage.ts';
import { userEvent, userStream } from './sample-events.ts';

const A = userStream('a');
const B = userStream('b');
/** The bound within which a poison message may hold up others. */
const BLOCKED_MS = 5_000;
const TICK_MS = 50;

const users = (user: string, sequences: readonly number[]) => sequences.map((sequence) => userEvent(user, sequence));

/** The event with data that its contract refuses. */
function spoilt(event: OutgoingEvent): OutgoingEvent {
  return { ...event, envelope: { ...event.envelope, data: { userId: 7 } } };
}

function always(stream: string, sequence: number, error: Error): Interference {
  return (event) => {
    if (event.stream === stream && event.sequence === sequence) throw error;
  };
}

/** What can never be handled is given up at once, and holds up its own stream alone. */
export function poison(harness: () => MessagingHarness): void {
  it.each([
    ['data that its contract refuses', 'EVENT_INVALID', (event: OutgoingEvent) => spoilt(event)],
    [
      'a version that nobody knows',
      'EVENT_VERSION_UNKNOWN',
      (event: OutgoingEvent) => ({ ...event, envelope: { ...event.envelope, version: 99 } }),
    ],
    [
      'an unreadable envelope',
      'EVENT_INVALID',
      (event: OutgoingEvent) => ({ ...event, envelope: { ...event.envelope, sequence: -1 } }),
    ],
  ])('an event with %s is a dead letter at once; other streams go on', async (_what, code, spoil) => {
    const { database, log, probe } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    const [one, two, three] = users('a', [1, 2, 3]);
    await publish(log, [...(one && two && three ? [one, spoil(two), three] : []), ...users('b', [1, 2])]);
    expect(await consumer.step()).toEqual([]);
    expect(consumer.scheduler.sleptMs).toBeLessThan(BLOCKED_MS);
    expect(await sequencesOf(probe, B)).toEqual([1, 2]);
    expect(await sequencesOf(probe, A)).toEqual([1]);
    expect(await createDeadLetters({ database }).list()).toMatchObject([{ code, type: 'user.updated', attempts: 1 }]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 5, applied: 3, skipped: 0, parked: 1, dead: 1 });
    await consumer.worker.stop();
  });

  it('a handler that refuses for good makes a dead letter after one attempt, with its code', async () => {
    const { database, log } = harness();
    const refusal = new AppError('TRIP_UNKNOWN', 'not_found', 'there is no such trip');
    const consumer = stageConsumer(harness(), { interfere: always(A, 2, refusal) });
    await consumer.worker.start();
    await publish(log, users('a', [1, 2]));
    await consumer.step();
    expect(await createDeadLetters({ database }).list()).toMatchObject([
      { code: 'TRIP_UNKNOWN', message: 'there is no such trip', attempts: 1, stream: A, sequence: 2 },
    ]);
    await consumer.worker.stop();
  });
}

/** What may pass is tried again, and then given up. */
export function passing(harness: () => MessagingHarness): void {
  it.each(['transactional', 'after'] as const)(
    'a passing failure, in mode %s, is tried again, with what follows in its stream behind it',
    async (mode) => {
      const { log, probe } = harness();
      const attempts: number[] = [];
      const consumer = stageConsumer(harness(), {
        mode,
        interfere: (event, { attempt }) => {
          if (event.sequence !== 2) return;
          if (event.stream === A) attempts.push(attempt);
          if (event.stream === A && attempt < 3) throw new Error('not yet');
        },
      });
      await consumer.worker.start();
      await publish(log, [...users('a', [1, 2, 3]), ...users('b', [1, 2, 3])]);
      for (let round = 0; round < 4; round += 1) expect(await consumer.stepLater()).toEqual([]);
      expect(await sequencesOf(probe, A)).toEqual([1, 2, 3]);
      expect(await sequencesOf(probe, B)).toEqual([1, 2, 3]);
      expect([...new Set(attempts)]).toEqual([1, 2, 3]);
      expect(await probe.figures(GROUP)).toEqual({ consumed: 6, applied: 6, skipped: 0, parked: 0, dead: 0 });
      await consumer.worker.stop();
    },
  );

  it('a failure that does not pass is given up after three retries', async () => {
    const { database, log, probe } = harness();
    const consumer = stageConsumer(harness(), {
      interfere: always(A, 1, new AppError('BUSY', 'unavailable', 'later')),
    });
    await consumer.worker.start();
    await publish(log, users('a', [1]));
    for (let round = 0; round < 5; round += 1) await consumer.stepLater();
    expect(await createDeadLetters({ database }).list()).toMatchObject([{ code: 'BUSY', attempts: 4 }]);
    expect(await probe.rows('event_retries')).toBe(0);
    await consumer.worker.stop();
  });
}

/** What fails at unusual moments. */
export function oddities(harness: () => MessagingHarness): void {
  it.each(['transactional', 'after'] as const)(
    'a duplicate of an event that waits for its retry, in mode %s, is one more skipped record',
    async (mode) => {
      const { log, probe } = harness();
      let broken = true;
      const consumer = stageConsumer(harness(), {
        mode,
        interfere: (event) => {
          if (broken && event.stream === A) throw new Error('not yet');
        },
      });
      await consumer.worker.start();
      const event = userEvent('a', 1);
      await publish(log, [event, event]);
      expect(await consumer.step()).toEqual([]);
      await publish(log, [event]);
      expect(await consumer.step()).toEqual([]);
      expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 0, skipped: 2, parked: 1, dead: 0 });
      broken = false;
      await consumer.stepLater();
      expect(await probe.figures(GROUP)).toEqual({ consumed: 3, applied: 1, skipped: 2, parked: 0, dead: 0 });
      expect(await sequencesOf(probe, A)).toEqual([1]);
      await consumer.worker.stop();
    },
  );

  it('an effect that the database refuses only at the commit is found in its batch, and given up alone', async () => {
    const { database, log, probe } = harness();
    await probe.refuseAtCommit(2);
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    await publish(log, [...users('b', [1]), ...users('a', [1, 2, 3]), ...users('c', [1]), ...users('d', [1])]);
    for (let round = 0; round < 5; round += 1) expect(await consumer.stepLater()).toEqual([]);
    expect(await sequencesOf(probe, A)).toEqual([1]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 6, applied: 4, skipped: 0, parked: 1, dead: 1 });
    expect(await createDeadLetters({ database }).list()).toMatchObject([
      { stream: A, sequence: 2, attempts: 4, message: expect.stringContaining('do not balance') },
    ]);
    await consumer.worker.stop();
  });
}

/** What fails does no harm to others. */
export function isolation(harness: () => MessagingHarness): void {
  it('a handler whose statement the engine refuses fails alone: nothing else of its batch is lost', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness(), {
      interfere: async (event, delivery) => {
        if (event.stream !== A || delivery.attempt > 1) return;
        await probe.atomic(delivery, (tx) => probe.failStatement(tx));
      },
    });
    await consumer.worker.start();
    await publish(log, [...users('b', [1, 2]), ...users('a', [1]), ...users('c', [1])]);
    expect(await consumer.stepLater()).toEqual([]);
    await consumer.stepLater();
    expect(await probe.effects(GROUP)).toHaveLength(4);
    await consumer.worker.stop();
  });

  it('a batch in which nearly everything fails is gone through to its end', async () => {
    const { log, probe } = harness();
    const consumer = stageConsumer(harness(), {
      interfere: (event) => {
        if (event.stream !== B) throw new AppError('REFUSED', 'invalid', 'never');
      },
    });
    await consumer.worker.start();
    await publish(log, [...Array.from({ length: 12 }, () => userEvent(randomUUID(), 1)), userEvent('b', 1)]);
    expect(await consumer.step()).toEqual([]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 13, applied: 1, skipped: 0, parked: 0, dead: 12 });
    await consumer.worker.stop();
  });

  it('a handler that hangs is given up for now, and holds up the others for less than 5 s', async () => {
    const { log, probe } = harness();
    let hangs = false;
    let othersGoOn = false;
    let heldUpMs = 0;
    const consumer = stageConsumer(harness(), {
      interfere: async (event, { attempt }) => {
        othersGoOn ||= hangs && event.stream === B;
        if (event.stream !== A || attempt > 1) return;
        hangs = true;
        // while it hangs time passes, and only then: how long the machine takes for the rest is not what is measured
        while (!othersGoOn && consumer.scheduler.sleeping > 0 && heldUpMs < 2 * BLOCKED_MS) {
          await consumer.scheduler.pass(TICK_MS);
          heldUpMs += TICK_MS;
        }
        await new Promise(() => undefined);
      },
    });
    await consumer.worker.start();
    await publish(log, [...users('a', [1]), ...users('b', [1])]);
    await consumer.step();
    expect(heldUpMs).toBeGreaterThan(0);
    expect(heldUpMs).toBeLessThan(BLOCKED_MS);
    expect(await sequencesOf(probe, B)).toEqual([1]);
    await consumer.stepLater();
    expect(await sequencesOf(probe, A)).toEqual([1]);
    await consumer.worker.stop();
  });
}
