import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { createDeadLetters } from '@rideshare/messaging';
import type { OutgoingEvent } from '@rideshare/messaging';
import fc from 'fast-check';
import { GROUP, publish, sequencesOf, stageConsumer } from './messaging-stage.ts';
import type { MessagingHarness } from './messaging-stage.ts';
import { userEvent, userStream } from './sample-events.ts';

/** A step of a random history: some events come, in whatever order and however often, and some attempts fail. */
const historyOf = fc.array(
  fc.record({
    user: fc.constantFrom('a', 'b', 'c'),
    sequence: fc.integer({ min: 1, max: 6 }),
    fails: fc.constantFrom('no', 'no', 'no', 'passing', 'crash'),
    stepsAfter: fc.boolean(),
  }),
  { minLength: 5, maxLength: 25 },
);

/** Whatever comes in whatever order: the figures add up, and effects are in order, each once. */
export function conservation(harness: () => MessagingHarness): void {
  it('any history of duplicates, gaps, failures and crashes conserves the counts and keeps the order', async () => {
    const { database, log, probe } = harness();
    await fc.assert(
      fc.asyncProperty(historyOf, fc.constantFrom('transactional', 'after'), async (history, mode) => {
        const run = randomUUID().slice(0, 8);
        const events = new Map<string, OutgoingEvent>();
        const plans = history.map(({ fails }) => fails);
        const consumer = stageConsumer(harness(), {
          mode,
          interfere: () => {
            const plan = plans.shift();
            if (plan === 'passing') throw new Error('not yet');
            if (plan === 'crash') throw new AppError('ENGINE_UNREACHABLE', 'unavailable', 'gone');
          },
        });
        await consumer.worker.start();
        try {
          for (const { user, sequence, stepsAfter } of history) {
            const name = `${run}-${user}`;
            const event = events.get(`${name}#${String(sequence)}`) ?? userEvent(name, sequence);
            events.set(`${name}#${String(sequence)}`, event);
            await publish(log, [event]);
            if (!stepsAfter) continue;
            await consumer.step();
            const figures = await probe.figures(GROUP);
            expect(figures.applied + figures.skipped + figures.parked + figures.dead).toBe(figures.consumed);
            const waiting = (await probe.rows('parked_events')) + (await probe.rows('event_retries'));
            expect(figures.parked).toBe(waiting);
          }
          plans.length = 0; // from here on all goes well
          for (let round = 0; round < 4; round += 1) expect(await consumer.stepLater()).toEqual([]);
        } finally {
          await consumer.worker.stop(); // or the next run could not join the group
        }
        for (const user of ['a', 'b', 'c']) {
          const had = new Set(history.filter((each) => each.user === user).map(({ sequence }) => sequence));
          const reachable = [1, 2, 3, 4, 5, 6].filter((_, index, all) =>
            all.slice(0, index + 1).every((n) => had.has(n)),
          );
          const stream = userStream(`${run}-${user}`);
          const dead = await createDeadLetters({ database }).list({ stream });
          if (dead.length === 0) expect(await sequencesOf(probe, stream)).toEqual(reachable);
        }
      }),
      { numRuns: 15 },
    );
  });
}
