import { describe, expect, test } from '@jest/globals';
import { randomStream } from '@rideshare/kernel';
import { createMemoryServer, defineTable } from '@rideshare/memory';
import fc from 'fast-check';
import { BEGINNING_MS, SimProcess } from './sim-process.ts';
import { createVirtualTime } from './virtual-time.ts';

function processAt(time = createVirtualTime()) {
  const counted: string[] = [];
  const process = new SimProcess({
    name: 'p',
    time,
    random: randomStream(1, 'p'),
    count: (fault) => counted.push(fault),
  });
  return { time, process, counted };
}

describe('virtual time', () => {
  test('keeps appointments in the order of their times, and of their making within a moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 40 }), async (delays) => {
        const time = createVirtualTime();
        const kept: [number, number][] = [];
        for (const [index, delayMs] of delays.entries()) {
          time.after(delayMs, () => {
            expect(time.nowMs).toBe(delayMs);
            kept.push([delayMs, index]);
          });
        }
        await time.run(100);
        expect(kept).toEqual(kept.toSorted(([a, i], [b, j]) => a - b || i - j));
        expect([kept.length, time.nowMs]).toEqual([delays.length, 100]);
      }),
    );
  });

  test('forgets what is cancelled, and keeps what is made on the way', async () => {
    const time = createVirtualTime();
    const kept: string[] = [];
    const cancel = time.after(5, () => kept.push('cancelled'));
    time.after(1, () => {
      cancel();
      time.after(2, () => kept.push(`late at ${String(time.nowMs)}`));
    });
    time.after(50, () => kept.push('beyond'));
    await time.run(10);
    expect(kept).toEqual(['late at 3']);
  });
});

describe('a process', () => {
  test('that is killed never wakes, and leaves nothing of what it had not committed', async () => {
    const { time, process } = processAt();
    const rows = defineTable<{ readonly by: string }>('rows');
    const server = createMemoryServer({ clock: process.clock });
    const database = server.connect((step) => process.atStore(step));
    let woken = false;
    void process.scheduler.sleep(1_000).then(() => (woken = true));
    void database.transaction(async (tx) => {
      tx.put(rows, 'a', { by: 'killed' });
      await process.scheduler.sleep(500);
    });
    time.after(200, () => {
      process.kill();
    });
    await time.run(5_000);
    expect(woken).toBe(false);
    expect(await server.connect().read((reader) => reader.all(rows))).toEqual([]);
  });

  test.each(['begin', 'commit', 'committed'] as const)('can be killed at %s of a transaction', async (step) => {
    const { time, process, counted } = processAt();
    const rows = defineTable<{ readonly by: string }>('rows');
    const server = createMemoryServer({ clock: process.clock });
    const database = server.connect((at) => process.atStore(at));
    process.killSoon({ begin: 1, commit: 2, committed: 3 }[step]);
    let answered = false;
    void database
      .transaction((tx) => {
        tx.put(rows, 'a', { by: 'killed' });
      })
      .then(() => (answered = true));
    await time.run(1_000);
    expect({ answered, counted, isAlive: process.isAlive }).toEqual({
      answered: false,
      counted: [`crash at ${step}`],
      isAlive: false,
    });
    expect(await server.connect().read((reader) => reader.all(rows))).toHaveLength(step === 'committed' ? 1 : 0);
  });

  test('that is paused goes on later, with the time that has passed meanwhile', async () => {
    const { time, process } = processAt();
    const woken: number[] = [];
    void process.scheduler.sleep(100).then(() => woken.push(process.clock.now().getTime() - BEGINNING_MS));
    process.pause(3_000);
    await time.run(10_000);
    expect(woken).toEqual([3_000]);
  });

  test('has the clock that it is given', async () => {
    const { time, process } = processAt();
    process.setClockOffset(-60_000);
    await time.run(1_000);
    expect(process.clock.now().getTime()).toBe(BEGINNING_MS + 1_000 - 60_000);
  });

  test.each([
    [{ lost: 1 }, 'COMMIT_AMBIGUOUS', 1],
    [{ failing: 1 }, 'ENGINE_UNREACHABLE', 0],
    [{ unreachable: 1 }, 'ENGINE_UNREACHABLE', 0],
  ])('in the weather %j, hears %s', async (weather, code, stored) => {
    const { time, process } = processAt();
    const rows = defineTable<{ readonly by: string }>('rows');
    const server = createMemoryServer({ clock: process.clock });
    process.setWeather({ slow: 1, slowMs: 10, lost: 0, failing: 0, unreachable: 0, ...weather });
    const writing = server
      .connect((step) => process.atStore(step))
      .transaction((tx) => {
        tx.put(rows, 'a', { by: 'p' });
      })
      .catch((error: unknown) => error);
    await time.run(1_000);
    expect(await writing).toMatchObject({ code });
    expect(await server.connect().read((reader) => reader.all(rows))).toHaveLength(stored);
  });
});
