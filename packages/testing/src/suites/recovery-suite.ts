import { expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { createDeadLetters } from '@rideshare/messaging';
import type { EventLog } from '@rideshare/messaging';
import { GROUP, publish, sequencesOf, stageConsumer } from './messaging-stage.ts';
import type { MessagingHarness } from './messaging-stage.ts';
import { userEvent, userStream } from './sample-events.ts';

const A = userStream('a');

const users = (user: string, sequences: readonly number[]) => sequences.map((sequence) => userEvent(user, sequence));

/** The log with a look at what its members do, and with commits that may fail. */
function watched(log: EventLog, onRenew: () => void, beforeCommit: () => void = () => undefined): EventLog {
  return {
    publish: (records, options) => log.publish(records, options),
    atomicWith: (database) => log.atomicWith(database),
    async join(membership) {
      const member = await log.join(membership);
      return {
        fetch: (limit) => member.fetch(limit),
        renew() {
          onRenew();
          return member.renew();
        },
        async commit(positions, transaction) {
          beforeCommit();
          await member.commit(positions, transaction);
        },
        lag: () => member.lag(),
        close: () => member.close(),
      };
    },
    tail: (options) => log.tail(options),
    onAppend: (topics, wake) => log.onAppend(topics, wake),
    maintain: () => log.maintain(),
  };
}

/** A batch that cannot be saved is run again, no more often than it helps, and without losing its group. */
export function reruns(harness: () => MessagingHarness): void {
  it('a batch that is run again renews its hold on the group before every run', async () => {
    const { log, probe } = harness();
    await probe.refuseAtCommit(2);
    const seen: (number | 'renewed')[] = [];
    const process = { ...harness(), log: watched(log, () => seen.push('renewed')) };
    const consumer = stageConsumer(process, {
      interfere: ({ sequence }) => {
        seen.push(sequence);
      },
    });
    await consumer.worker.start();
    await publish(log, users('a', [1, 2]));
    expect(await consumer.step()).toEqual([]);
    const runs = seen.join(' ').split(/(?: ?renewed ?)+/);
    expect(runs.slice(0, 3)).toEqual(['1 2', '1 2', '1']);
    expect(await sequencesOf(probe, A)).toEqual([1]);
    await consumer.worker.stop();
  });

  it('a batch of effects elsewhere that cannot be saved makes no attempt twice', async () => {
    const { log, probe } = harness();
    const attempts: number[] = [];
    let refusals = 1;
    const refuseOnce = () => {
      refusals -= 1;
      if (refusals === 0) throw new Error('the books do not balance');
    };
    const process = { ...harness(), log: watched(log, () => undefined, refuseOnce) };
    const consumer = stageConsumer(process, {
      mode: 'after',
      interfere: (_, { attempt }) => {
        attempts.push(attempt);
      },
    });
    await consumer.worker.start();
    await publish(log, users('a', [1]));
    expect(await consumer.step()).toEqual([]);
    await consumer.stepLater();
    expect(attempts).toEqual([...new Set(attempts)]);
    expect(await sequencesOf(probe, A)).toEqual([1]);
    expect(await probe.figures(GROUP)).toMatchObject({ applied: 1, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });
}

/** Dead letters can be looked at and handed back. */
export function deadLetters(harness: () => MessagingHarness): void {
  it('redrive, once the cause is gone, applies the letters in order and what waits behind them', async () => {
    const { database, log, probe } = harness();
    let broken = true;
    const consumer = stageConsumer(harness(), {
      interfere: (event) => {
        if (broken && event.stream === A && event.sequence === 2) throw new AppError('REFUSED', 'invalid', 'never');
      },
    });
    await consumer.worker.start();
    await publish(log, users('a', [1, 2, 3, 4]));
    await consumer.step();
    await probe.ageParked(11 * 60_000, 3);
    await consumer.stepLater();
    const letters = createDeadLetters({ database });
    const listed = await letters.list({ stream: A });
    expect(listed.map(({ sequence, code }) => [sequence, code])).toEqual([
      [2, 'REFUSED'],
      [3, 'EVENT_GAP_NOT_FILLED'],
    ]);
    expect(await letters.show(listed[0]?.id ?? 0)).toMatchObject({ envelope: { stream: A, sequence: 2 } });
    broken = false;
    expect(await letters.redrive({ stream: A })).toBe(2);
    await consumer.stepLater();
    expect(await sequencesOf(probe, A)).toEqual([1, 2, 3, 4]);
    expect(await letters.list()).toEqual([]);
    expect(await probe.figures(GROUP)).toEqual({ consumed: 4, applied: 4, skipped: 0, parked: 0, dead: 0 });
    await consumer.worker.stop();
  });

  it('what an event collected for the commit fails for that event alone, whoever let it through', async () => {
    const { database, log, probe } = harness();
    const refusal = new AppError('REFUSED', 'invalid', 'never');
    const consumer = stageConsumer(harness(), {
      interfere: async ({ sequence }, delivery) => {
        if (sequence !== 2) return;
        await probe.atomic(delivery, (tx) => {
          probe.refuseLate(tx, refusal);
          return Promise.resolve();
        });
      },
    });
    await consumer.worker.start();
    await publish(log, users('a', [2]));
    await consumer.step();
    await publish(log, users('a', [1, 3]));
    await consumer.step();
    const letters = await createDeadLetters({ database }).list({ stream: A });
    expect(letters.map(({ code, sequence }) => [sequence, code])).toEqual([[2, 'REFUSED']]);
    expect(await sequencesOf(probe, A)).toEqual([1]);
    await consumer.worker.stop();
  });

  it('redrive, of an event without a readable envelope, is refused and changes nothing', async () => {
    const { database, log } = harness();
    const consumer = stageConsumer(harness());
    await consumer.worker.start();
    const event = userEvent('a', 1);
    await publish(log, [{ ...event, envelope: { ...event.envelope, stream: '' } }]);
    await consumer.step();
    const letters = createDeadLetters({ database });
    const [letter] = await letters.list();
    await expect(letters.redrive({ ids: [letter?.id ?? 0] })).rejects.toMatchObject({ code: 'DEAD_LETTER_UNREADABLE' });
    expect(await letters.list()).toEqual([letter]);
    await expect(letters.show(0)).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND' });
    await consumer.worker.stop();
  });
}
